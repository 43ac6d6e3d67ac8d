/** A data worker that keeps everything in memory, for looking at the screens without a server. */
import catalogue from '../../src/domain/catalogue.json' with { type: 'json' };
import type {
  Id,
  Instant,
  LeftReason,
  ReferralMove,
  ReferralState,
} from '../../src/domain/catalogue.types.ts';
import { find, heard } from '../../src/search/people.ts';
import {
  type Alarm,
  CallProblem,
  type CallName,
  type Calls,
  type DataWorker,
  type DeviceLine,
  type DeviceState,
  type DoubtLine,
  type EncounterLine,
  ENCOUNTER_DRAFTS,
  type ErasureLine,
  type Erasing,
  type HealthAccess,
  type InviteLine,
  type Events,
  type JoinState,
  type JoinStep,
  type Met,
  type MoveLine,
  OBSERVATION_DRAFT,
  type Paper,
  type PatrolLine,
  type PersonLine,
  type PersonRecord,
  type RecoveringStep,
  type ReferralLine,
  type SyncState,
  type TimelineItem,
  type UnsentLine,
  type WorkerLine,
} from '../../src/worker/protocol.ts';
import { FakeBin } from './bin.ts';
import { CARD, cardIn, drawCards } from './cards.ts';
import { FakeEncounters } from './encounters.ts';
import { FakeHealth } from './health.ts';
import { historyOf } from './history.ts';
import { FakeNotices } from './notices.ts';
import { FakeObservations } from './observations.ts';
import { type Evening, FakeRounds } from './rounds.ts';
import { FakeRows } from './rows.ts';
import * as seed from './seed.ts';
import { mayHaveBeenIn, recognisedIn, unnamedBefore } from './unnamed.ts';

type Handlers = {
  readonly [Name in CallName]: (ask: Calls[Name]['ask']) => Calls[Name]['answer'];
};
type Listener = (value: never) => void;

export type FakeOptions = {
  readonly now: () => Instant;
  readonly state: DeviceState['state'];
  readonly me: string;
  readonly patrol: boolean;
  readonly alarm: Alarm | null;
  /** Whether there are devices to look at. */
  readonly doubts: boolean;
  readonly full: boolean;
  readonly retired: boolean;
  /** The server came back from an older copy, until somebody says that they heard. */
  readonly restored: boolean;
  readonly health: HealthAccess;
  /** Whether anybody was erased before. */
  readonly erasures: boolean;
  /** Whether there is no bag yet, and no round that is over. */
  readonly newcomers: boolean;
  /** Whether a colleague closes the round at the moment that it is closed here. */
  readonly closed: boolean;
  /** Who reads the health file and who waits: see `FakeHealth`. */
  readonly team: string;
  /** Which notices there are: see `FakeNotices`. */
  readonly notices: string | null;
};

const WAIT_MS = 30_000;
const LETTERS = 'KWBD RMTA NFEP LOGU';
/** As long as the real ones. */
const CODE_1 = 'k1Xw'.repeat(29);
const CODE_2 = 'k2Yv'.repeat(90);
/** A file that begins like this is taken for a copy. */
const COPY = 0x93;
const machine = catalogue.kinds.referral_move.moves as Record<
  ReferralMove,
  { from: readonly string[]; to: ReferralState }
>;

export class FakeDataWorker implements DataWorker {
  readonly #options: FakeOptions;
  readonly #listeners = new Map<keyof Events, Set<Listener>>();
  readonly #drafts = new Map<string, string>();
  readonly #moves = new Map<Id, MoveLine[]>();
  readonly #unsent: UnsentLine[] = [];
  readonly #me: WorkerLine;
  readonly #health: FakeHealth;
  readonly #rounds: FakeRounds;
  readonly #rows: FakeRows;
  readonly #notices: FakeNotices;
  readonly #people: seed.FakePerson[];
  readonly #encounters: FakeEncounters;
  readonly #observations: FakeObservations;
  readonly #bin: FakeBin;
  /** With people who had no name, on rounds before this one. */
  #before: readonly EncounterLine[];
  readonly #referrals: ReferralLine[];
  #restored: boolean;
  readonly #erasures: ErasureLine[] = [];
  readonly #erasing = new Map<Id, Erasing>();
  readonly #erased = new Set<Id>();
  readonly #retired = new Map<Id, 'waiting' | 'done'>();
  #invites: InviteLine[] = [];
  #patrol: PatrolLine | null = null;
  #state: DeviceState;
  #retryAt: Instant | null = null;
  #pin = '123456';
  #returned = false;

  constructor(options: FakeOptions) {
    this.#options = options;
    this.#restored = options.restored;
    const me = seed.workers.find(({ name }) => name === options.me) ?? seed.workers[0];
    if (!me) throw new Error('Nobody works here.');
    this.#me = me;
    this.#health = new FakeHealth({
      now: options.now,
      me,
      access: options.health,
      team: options.team,
      changed: () => {
        this.#emit('changed', null);
      },
    });
    this.#rows = new FakeRows(options.now, me.name);
    this.#notices = new FakeNotices(options.now, me, options.notices);
    this.#rounds = new FakeRounds(options.now, options.newcomers);
    this.#people = seed.people(options.now());
    this.#encounters = new FakeEncounters({
      now: options.now,
      me: me.name,
      meet: (met) => met.map((one) => this.#meet(one)),
    });
    this.#observations = new FakeObservations(options.now, () => this.#encounters.standing);
    for (const person of this.#people) {
      this.#health.edit(person.id, seed.healthOf(person, options.now()));
    }
    this.#bin = new FakeBin(this.#people.slice(-1).map(({ id }) => id));
    this.#before = unnamedBefore(options.now());
    this.#giveCards();
    this.#referrals = seed.referrals(options.now(), this.#people);
    if (options.patrol) {
      const [bag] = this.#rounds.opening.bags;
      this.#patrol = { ...seed.patrol(options.now()), bag: bag ?? null };
      const met = seed.encounters(options.now(), this.#patrol.id, this.#people);
      this.#encounters.all.push(...met.reverse());
      this.#observations.seed(this.#patrol.id, met[1]?.line.row);
      const [who] = met.at(-1)?.line.people ?? [];
      const care = { 'acts/wound': true, note: 'Nettoyée, à revoir jeudi.' };
      if (who && options.health === 'open') {
        this.#health.add(who.contact, care, 'Inès');
        if (options.team === 'care') this.#health.add(who.id, care, 'Lucie (via Inès)');
      }
      const [first] = this.#people;
      if (first) this.#follow(first);
    }
    if (options.erasures) this.#erasures.push(...seed.erasures(options.now()));
    this.#state = this.#stateNamed(options.state);
    const left = ['person', 'contact', options.health === 'open' ? 'contact_health' : 'encounter'];
    for (const kind of options.retired ? left : []) this.#wrote(kind);
  }

  setVisible(): void {
    this.#emit('reachability', { state: 'unreached' });
  }

  async call<Name extends CallName>(
    name: Name,
    ask: Calls[Name]['ask'],
  ): Promise<Calls[Name]['answer']> {
    await Promise.resolve();
    const handler: Handlers[Name] = this.#handlers[name];
    return structuredClone(handler(structuredClone(ask)));
  }

  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    const those = this.#listeners.get(name) ?? new Set<Listener>();
    this.#listeners.set(name, those.add(listener));
    return () => those.delete(listener);
  }

  readonly #handlers: Handlers = {
    'device.state': () => this.#state,
    'join.begin': ({ link }) => {
      if (!/^#join=[\w-]{20,}$/.test(link)) throw new CallProblem('link_unreadable');
      setTimeout(() => {
        this.#become(joining('compare'));
      }, 1500);
      return this.#become(joining('waiting'));
    },
    'join.show': () => this.#become(joining('waiting', CODE_1)),
    'join.answer': ({ code, scanned }) => {
      if (code.trim() === CODE_1) throw new CallProblem('code_is_request');
      if (code.length < CODE_1.length) throw new CallProblem('code_unreadable');
      return this.#become(joining(scanned ? 'code' : 'compare', CODE_1));
    },
    'join.compared': () => this.#become({ ...(this.#state as JoinState), step: 'code' }),
    'join.cancel': () => this.#become({ state: 'unjoined' }),
    'join.finish': ({ pin }) => {
      if (pin.length < 6) throw new CallProblem('pin_too_short');
      this.#pin = pin;
      setTimeout(() => this.#become(this.#stateNamed('open')), 4000);
      return this.#become({ ...(this.#state as JoinState), step: 'loading' });
    },
    'found.begin': () => this.#become({ state: 'founding', step: 'name', paper: null }),
    'found.name': () => this.#paper(1),
    'found.paper': ({ word }) => {
      const { paper } = this.#state as { paper: Paper };
      if (word !== paper.words[paper.asked]) throw new CallProblem('word_wrong');
      if (paper.number < 3) return this.#paper(paper.number + 1);
      return this.#become({ state: 'founding', step: 'code', paper: null });
    },
    'found.cancel': () => this.#become({ state: 'unjoined' }),
    'found.finish': ({ pin }) => {
      this.#pin = pin;
      setTimeout(() => this.#become(this.#stateNamed('open')), 4000);
      return this.#become({ state: 'founding', step: 'opening', paper: null });
    },
    'recover.begin': () => this.#recovering('papers'),
    'recover.list': () => seed.paperWords,
    'recover.check': ({ papers }) => {
      const paper = papers.length - 1;
      const word = (papers[paper] ?? []).findIndex((one) => !seed.paperWords.includes(one));
      if (word >= 0) return { fault: 'unknown_word', paper, word };
      return paper > 0 && papers[0]?.join() === papers[1]?.join() ? { fault: 'same_paper' } : null;
    },
    'recover.read': () => {
      setTimeout(() => this.#recovering('who'), 2000);
      return this.#recovering('reading');
    },
    'recover.name': ({ worker, name }) => {
      if (worker === null && name.trim() === '') throw new CallProblem('name_missing');
      return this.#recovering('root');
    },
    'recover.compared': () => this.#recovering('code'),
    'recover.back': () => this.#recovering('who'),
    'recover.finish': ({ pin }) => {
      this.#pin = pin;
      setTimeout(() => {
        this.#returned = true;
        this.#become(this.#stateNamed('open'));
      }, 4000);
      return this.#recovering('opening');
    },
    'recover.cancel': () => this.#become({ state: 'unjoined' }),
    'recover.told': () => {
      this.#returned = false;
      return this.#become(this.#stateNamed('open'));
    },
    'vault.unlock': ({ pin }) => {
      if (this.#retryAt !== null && this.#options.now() < this.#retryAt) {
        throw new CallProblem('too_early');
      }
      if (pin !== this.#pin) {
        this.#retryAt = this.#options.now() + WAIT_MS;
        this.#state = this.#stateNamed('locked');
        throw new CallProblem('pin_wrong');
      }
      this.#retryAt = null;
      return this.#become(this.#stateNamed('open'));
    },
    'vault.lock': () => this.#become(this.#stateNamed('locked')),
    'sync.state': () => this.#sync(),
    'sync.now': () => this.#sync(),
    'restore.heard': () => {
      this.#restored = false;
      return this.#sync();
    },
    'view.unsent': () => this.#unsent,
    'view.directory': () => ({ zones: seed.zones, structures: seed.structures }),
    'view.workers': () => seed.workers,
    'view.team': () =>
      seed.workers.map((worker) => ({
        worker,
        devices: this.#devices(worker),
        invites: this.#invites.filter((invite) => invite.worker === worker.id),
      })),
    'view.doubts': () => (this.#options.doubts ? this.#doubts() : []),
    'view.health': () => this.#health.team,
    'health.open': () => {
      this.#health.open();
      return this.#wrote('health_space');
    },
    'health.give': ({ device }) => {
      this.#health.give(device);
      return this.#wrote('member');
    },
    'health.take': ({ device }) => {
      this.#health.take(device);
      return this.#wrote('member');
    },
    'health.add': ({ contact, values }) => {
      this.#health.add(contact, values);
      return this.#wrote('contact_health');
    },
    'view.lines': () => ({
      zone: seed.zones.map(({ id, name, area }) => ({
        id,
        version: 1,
        values: { name, area: area && JSON.stringify(area) },
      })),
      site: [],
      structure: seed.structures.map(({ id, name }) => ({ id, version: 1, values: { name } })),
    }),
    'directory.write': () => {
      throw new CallProblem('server_unreached');
    },
    'worker.add': () => {
      throw new CallProblem('refused');
    },
    'invite.create': ({ worker }) => {
      const expires = this.#options.now() + 7 * 24 * 3_600_000;
      const link = `https://escale.example/#join=${'k2'.repeat(40)}`;
      this.#invites.push({ way: 'link', join: worker, worker, expires, link, letters: null });
      this.#emit('changed', null);
      return null;
    },
    'invite.answer': ({ worker, code, scanned: given }) => {
      if (code.length < CODE_1.length) throw new CallProblem('code_unreadable');
      const expires = this.#options.now() + 7 * 24 * 3_600_000;
      const shown = { way: 'hand', letters: LETTERS, answer: CODE_2, given } as const;
      this.#invites.push({ ...shown, join: seed.newId(), worker, expires });
      this.#emit('changed', null);
      return null;
    },
    'invite.look': () => {
      this.#invites = this.#invites.map((one) => ({ ...one, letters: LETTERS }));
      this.#emit('changed', null);
      return null;
    },
    'invite.confirm': ({ join }) => this.#dropInvite(join),
    'invite.drop': ({ join }) => this.#dropInvite(join),
    'device.revoke': ({ device }) => {
      this.#retired.set(device, 'waiting');
      setTimeout(() => {
        this.#retired.set(device, 'done');
        this.#emit('changed', null);
      }, 4000);
      return this.#wrote('member');
    },
    'salvage.copy': () => {
      if (this.#unsent.length === 0) throw new CallProblem('copy_nothing_new');
      return { bytes: Uint8Array.of(COPY), records: this.#unsent.length };
    },
    'salvage.open': (file) => {
      if (file[0] !== COPY) throw new CallProblem('copy_unreadable');
      const [worker] = seed.workers;
      if (!worker) throw new CallProblem('copy_foreign');
      const records = this.#health.access === 'open' ? 2 : 12;
      const elsewhere = this.#options.team === 'care';
      return { device: worker.id, worker, records, known: 3, closed: 1, elsewhere };
    },
    'salvage.write': () => {
      this.#wrote('encounter');
      return { written: 12 };
    },
    'view.patrol': () => {
      const { standing } = this.#encounters;
      const ids = new Set(standing.flatMap((line) => line.people.map(({ id }) => id)));
      const lines = this.#listed();
      const others = lines.filter(({ id }) => !ids.has(id));
      const patrol = this.#evening()?.patrol ?? null;
      if (patrol === null) {
        return { patrol, met: [], often: [], recent: [], bag: null, encounters: [] };
      }
      return {
        patrol,
        met: lines
          .filter(({ id }) => ids.has(id))
          .sort((a, b) => (b.lastMet ?? 0) - (a.lastMet ?? 0)),
        often: others.slice(0, 6),
        recent: others.slice(6, 10),
        bag: patrol.bag && this.#rounds.bag(patrol.bag.id, standing),
        encounters: this.#encounters.all.map(({ line }) => line).reverse(),
      };
    },
    'view.opening': () => this.#rounds.opening,
    'view.rounds': () => this.#rounds.rounds(this.#evening()?.patrol ?? null),
    'view.report': ({ id }) => {
      const evening = this.#evening();
      return evening?.patrol.id === id ? this.#rounds.report(evening) : this.#rounds.pastReport(id);
    },
    'bag.create': ({ name }) => {
      const id = this.#rounds.create(name);
      this.#wrote('bag');
      return { id };
    },
    'bag.load': ({ bag, items }) => {
      this.#rounds.load(bag, items);
      return this.#wrote('stock_movement');
    },
    'view.people': ({ query }) => {
      const lines = this.#listed();
      const said = ({ aliases, sign }: PersonLine) => heard([...aliases, sign ?? ''].join(' '));
      const { found: people, alike } = find(lines, said, query);
      return { people, alike, total: lines.length };
    },
    'view.person': ({ id }) => this.#record(this.#person(id)),
    'view.history': ({ entity, kind, name }) => {
      const person = this.#person(entity);
      const fields = kind === 'person' ? person.fields : this.#health.person(entity)?.fields;
      return historyOf(name, this.#options.now(), fields?.[name]);
    },
    'person.erase': ({ ids }) => {
      for (const id of ids) this.#erase(this.#person(id));
      return this.#wrote('erase');
    },
    'view.erased': ({ ids }) => ids.filter((id) => this.#erased.has(id)),
    'view.erasures': () => ({
      known: this.#erasures.length === 0 ? null : this.#options.now() - 94 * 60_000,
      lines: [...this.#erasures].reverse(),
    }),
    'erasures.look': () => null,
    'view.bin': () => this.#bin.ids.map((id) => this.#line(this.#person(id))),
    'person.bin': ({ id }) => {
      this.#bin.put(id);
      return this.#wrote('person');
    },
    'person.restore': ({ id }) => {
      this.#bin.takeOut(id);
      return this.#wrote('person');
    },
    'view.card': ({ code }) => this.#withCard(cardIn(code)).map((person) => this.#line(person)),
    'card.draw': ({ cards }) => drawCards(cards),
    'card.give': ({ person: id, code }) => {
      const [card, person] = [cardIn(code), this.#person(id)];
      if (this.#withCard(card).some((one) => one.id !== id)) throw new CallProblem('card_taken');
      const at = this.#options.now();
      person.fields['card'] = seed.standing(card, this.#me.name, at, 'tablet');
      return this.#wrote('person');
    },
    'view.unnamed': ({ person }) =>
      [...[...this.#encounters.standing].reverse(), ...this.#before].filter((line) =>
        mayHaveBeenIn(line, person),
      ),
    'person.recognise': ({ id, met }) => {
      const { name } = this.#line(this.#person(id));
      for (const one of met) {
        const found = this.#encounters.all.find(({ line }) => line.row === one.encounter);
        if (found) found.line = recognisedIn(found.line, one, { id, name });
        this.#before = this.#before.map((line) =>
          line.row === one.encounter ? recognisedIn(line, one, { id, name }) : line,
        );
      }
      return this.#wrote('contact');
    },
    'view.encounter': ({ row }) => this.#encounters.find(row).line,
    'view.lastTime': ({ patrol, person }) => this.#encounters.lastTime(patrol, person),
    'view.queue': () => this.#referrals,
    'view.referral': ({ id }) => {
      const line = this.#referral(id);
      const note = this.#encounters.all.find(({ line: { people } }) =>
        people.some((person) => person.id === line.person?.id),
      );
      const offers = (Object.keys(machine) as ReferralMove[]).filter(
        (move) => move !== 'send' && machine[move].from.includes(line.state),
      );
      return { line, note: note?.note ?? null, moves: this.#movesOf(line), offers };
    },
    'view.conflicts': () =>
      this.#people.flatMap((person) =>
        [
          ...Object.entries(person.fields).map((one) => ['person', ...one] as const),
          ...Object.entries(this.#health.person(person.id)?.fields ?? {}).map(
            (one) => ['person_health', ...one] as const,
          ),
        ]
          .filter(([, , field]) => field.conflict)
          .map(([kind, name, field]) => ({
            entity: person.id,
            kind,
            row: null,
            name,
            plain: name === 'housing',
            title: this.#line(person).name,
            record: null,
            taker: null,
            stands: field.value,
            undecided: field.undecided,
            candidates: field.candidates,
          })),
      ),
    'view.duplicates': () => {
      const [one, other] = this.#people.map((person) => this.#line(person));
      return { pairs: one && other ? [{ people: [one, other], like: 'sound' }] : [], more: false };
    },
    'patrol.open': (round) => {
      this.#encounters.all.length = 0;
      this.#patrol = {
        ...seed.patrol(this.#options.now()),
        zone: seed.zones.find(({ id }) => id === round.zone) ?? null,
        type: round.type,
        mode: round.mode,
        route: round.route === '' ? null : round.route,
        bag: this.#rounds.open(round),
        start: this.#options.now(),
        crew: seed.workers.filter(({ id }) => round.crew.includes(id)),
        mark: 'tablet',
      };
      this.#wrote('patrol');
      return { id: this.#patrol.id };
    },
    'patrol.close': (closed) => {
      const evening = this.#evening();
      if (evening?.patrol.id !== closed.id) throw new CallProblem('round_closed');
      const isTaken = this.#options.closed;
      const theirs = { id: closed.id, report: 'Calme.', handover: '', counted: [] };
      this.#rounds.close(evening, isTaken ? 'Inès' : this.#me.name, isTaken ? theirs : closed);
      this.#patrol = null;
      this.#wrote('patrol');
      if (isTaken) throw new CallProblem('round_closed');
      return null;
    },
    'encounter.save': (draft) => {
      this.#keepDraft(ENCOUNTER_DRAFTS, draft.drafts);
      const line = this.#encounters.save(draft, this.#patrol?.zone ?? null);
      this.#observations.meet(line.row, draft.within);
      for (const { id } of line.people) {
        for (const need of draft.needs) {
          this.#rows.add({ person: id, kind: 'request', values: { need } });
        }
        const { referral } = draft;
        if (referral) this.#refer(this.#person(id), referral.structure, referral.needs);
      }
      const [contact] = line.people;
      if (contact && Object.keys(draft.health).length > 0) {
        this.#health.add(contact.contact, draft.health);
      }
      this.#wrote('encounter');
      return { row: line.row };
    },
    'view.observations': ({ patrol }) => this.#observations.of(patrol),
    'view.observation': ({ row }) => this.#observations.find(row),
    'observation.save': (draft) => {
      this.#keepDraft(OBSERVATION_DRAFT, null);
      const row = this.#observations.save(draft, this.#me.name, this.#patrol?.zone ?? null);
      this.#wrote('observation');
      return { row };
    },
    'observation.void': ({ row }) => {
      this.#observations.takeBack(row);
      return this.#wrote('observation');
    },
    'encounter.amend': (amendment) => {
      this.#keepDraft(ENCOUNTER_DRAFTS, amendment.drafts);
      this.#encounters.amend(amendment);
      return this.#wrote('encounter');
    },
    'encounter.void': ({ row }) => {
      this.#encounters.takeBack(row);
      return this.#wrote('encounter');
    },
    'person.create': ({ alias }) => {
      const { id } = this.#create(alias);
      this.#wrote('person');
      return { id };
    },
    'person.merge': () => {
      throw new CallProblem('refused');
    },
    'person.unmerge': () => {
      throw new CallProblem('refused');
    },
    'entity.edit': ({ entity, kind, facts, fields }) => {
      if (kind === 'patrol') {
        this.#rounds.edit(entity, fields);
        return this.#wrote(kind);
      }
      const person = this.#person(entity);
      if (kind === 'person_health') {
        const at = this.#options.now();
        const views = Object.entries(fields).map(
          ([name, value]) => [name, seed.standing(value, this.#me.name, at, 'tablet')] as const,
        );
        this.#health.edit(entity, Object.fromEntries(views));
        return this.#wrote(kind);
      }
      for (const [name, value] of Object.entries({ ...facts, ...fields })) {
        const at = this.#options.now();
        person.fields[name] = seed.standing(value, this.#me.name, at, 'tablet');
      }
      return this.#wrote('person');
    },
    'conflict.resolve': ({ card, value }) => {
      const person = this.#person(card.entity);
      const at = this.#options.now();
      if (card.kind === 'person_health') {
        const view = seed.standing(value, this.#me.name, at, 'tablet');
        this.#health.edit(card.entity, { [card.name]: view });
        return this.#wrote(card.kind);
      }
      person.fields[card.name] = seed.standing(value, this.#me.name, at, 'tablet');
      return this.#wrote('person');
    },
    'view.notices': () => this.#notices.lines,
    'notice.write': (ask) => {
      const id = this.#notices.write(ask);
      this.#wrote('notice');
      return { id };
    },
    'notice.lift': ({ id }) => {
      this.#notices.lift(id);
      return this.#wrote('notice');
    },
    'notice.read': ({ id }) => {
      this.#notices.read(id);
      return this.#wrote('notice_seen');
    },
    'row.add': (ask) => {
      const row = this.#rows.add(ask);
      this.#wrote(ask.kind);
      return { row };
    },
    'row.amend': (ask) => this.#wrote(this.#rows.amend(ask)),
    'row.void': ({ row }) => {
      if (this.#rows.has(row)) return this.#wrote(this.#rows.takeBack(row));
      this.#encounters.unlink(row);
      return this.#wrote('contact');
    },
    'referral.create': ({ person, structure, needs }) => {
      const id = this.#refer(this.#person(person), structure, needs);
      this.#wrote('referral');
      return { id };
    },
    'referral.move': ({ id, move, reason }) => {
      const at = this.#options.now();
      const line = this.#referral(id);
      const made = { row: seed.newId(), move, at, author: this.#me.name, reason };
      this.#moves.set(id, [{ ...made, ruling: 'request', mark: 'tablet' }, ...this.#movesOf(line)]);
      this.#referrals[this.#referrals.indexOf(line)] = {
        ...line,
        state: machine[move].to,
        since: at,
        claimedBy: move === 'claim' ? this.#me.name : line.claimedBy,
        mark: 'tablet',
      };
      return this.#wrote('referral_move');
    },
    'draft.put': ({ name, body }) => {
      this.#keepDraft(name, body);
      return null;
    },
    'draft.get': ({ name }) => this.#drafts.get(name) ?? null,
  };

  /** The round that is open, as it stands. */
  #evening(): Evening | null {
    if (this.#patrol === null) return null;
    const { start } = this.#patrol;
    const encounters = [...this.#encounters.standing].reverse();
    const ids = new Set(encounters.flatMap(({ people }) => people.map(({ id }) => id)));
    const anonymous = encounters.flatMap((line) => Object.values(line.anonymous));
    const people = ids.size + anonymous.reduce((sum, count) => sum + count, 0);
    return {
      patrol: { ...this.#patrol, encounters: encounters.length, people },
      encounters,
      observations: this.#observations.of(this.#patrol.id).filter((line) => !line.void),
      requests: this.#rows.since(start).map(({ row, need, person }) => ({
        row,
        need,
        person: { id: person, name: this.#line(this.#person(person)).name },
      })),
      referrals: this.#referrals.filter(({ since }) => since >= start),
    };
  }

  #keepDraft(name: string, body: string | null): void {
    if (body === null) this.#drafts.delete(name);
    else this.#drafts.set(name, body);
  }

  #emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(value as never);
  }

  #become(state: DeviceState): DeviceState {
    this.#state = state;
    queueMicrotask(() => {
      this.#emit('device', state);
    });
    return state;
  }

  #stateNamed(state: DeviceState['state']): DeviceState {
    if (state === 'unjoined' || state === 'elsewhere') return { state };
    if (state === 'cleared') return { state, unsent: 3 };
    if (state === 'joining') return joining('waiting');
    if (state === 'founding') return { state, step: 'name', paper: null };
    if (state === 'recovering') return this.#recovering('papers');
    if (state === 'open') {
      const administers = this.#me.role === 'administrator';
      return {
        state,
        me: this.#me,
        administers,
        health: this.#health.access,
        returned: this.#returned,
      };
    }
    const { name, profession } = this.#me;
    const zone = this.#patrol?.zone?.name;
    return {
      state,
      name,
      profession,
      unsent: this.#unsent.length,
      draft: this.#drafts.size > 0,
      patrol: zone === undefined ? null : { zone, since: this.#patrol?.start ?? 0 },
      retired: this.#options.retired,
      retryAt: this.#retryAt,
    };
  }

  #recovering(step: RecoveringStep): DeviceState {
    return this.#become({
      state: 'recovering',
      step,
      read: step === 'reading' ? 4321 : 0,
      last: this.#options.now() - 26 * 3_600_000,
      people: step === 'who' ? seed.workers : [],
      root: step === 'root' ? '0123456789abcdef'.repeat(4) : null,
    });
  }

  #dropInvite(join: string): null {
    this.#invites = this.#invites.filter((one) => one.join !== join);
    this.#emit('changed', null);
    return null;
  }

  #paper(number: number): DeviceState {
    const words = Array.from(
      { length: 33 },
      (_, at) => ['academic', 'beaver', 'duckling'][at % 3] ?? '',
    );
    const root = 'c0ffee51'.repeat(8);
    const paper = { number, words, asked: 7, root, origin: 'https://escale.example' };
    return this.#become({ state: 'founding', step: 'paper', paper });
  }

  #sync(): SyncState {
    const now = this.#options.now();
    return {
      unsent: this.#unsent.length,
      aside: this.#unsent.filter(({ code }) => code !== null).length,
      lastReached: now - 94 * 60_000,
      nextTry: now + 2 * 60_000,
      loading: this.#state.state === 'joining' && this.#state.code === null ? 1204 : null,
      alarm: this.#options.alarm,
      full: this.#options.full,
      setupRefused: false,
      recoveryRefused: false,
      retired: this.#options.retired ? this.#options.now() - 3_600_000 : null,
      restored: this.#restored ? { own: this.#unsent.length, others: 3 } : null,
    };
  }

  #devices({ id }: WorkerLine): DeviceLine[] {
    const here = id === this.#me.id;
    const [joined, wrote] = [this.#options.now() - 40 * 86_400_000, this.#options.now() - 600_000];
    const device = (name: string): DeviceLine => ({
      id: name,
      here,
      administers: here,
      joined,
      wrote,
      retired: this.#retired.get(name) ?? null,
    });
    const tablet = device(seed.deviceOf(id));
    const lost = device(seed.deviceOf(id).replace(/^./, 'e'));
    return here ? [tablet] : [tablet, { ...lost, wrote: null }];
  }

  /** Of the devices of others, in their order; the last one is retired, and only what it did after that is told. */
  #doubts(): DoubtLine[] {
    const others = seed.workers.filter(({ id }) => id !== this.#me.id);
    return seed.doubts(this.#options.now()).flatMap((doubts, at) => {
      const worker = others[at];
      const [device] = worker ? this.#devices(worker) : [];
      if (!worker || !device) return [];
      if (doubts.some(({ kind }) => kind === 'late')) {
        return [{ worker, doubts, device: { ...device, retired: 'done' } }];
      }
      return device.retired === 'done' ? [] : [{ worker, doubts, device }];
    });
  }

  #wrote(kind: string): null {
    const code = this.#options.alarm !== null && this.#unsent.length === 0 ? 'unknown_code' : null;
    const held = this.#restored && code === null ? 'administrator' : null;
    this.#unsent.push({ op: seed.newId(), kind, at: this.#options.now(), code, held });
    queueMicrotask(() => {
      this.#emit('changed', null);
      this.#emit('sync', this.#sync());
    });
    return null;
  }

  /** Of the active list first, and nobody who is in the bin. */
  #listed(): PersonLine[] {
    const lines = this.#people
      .filter(({ id }) => !this.#bin.holds(id))
      .map((person) => this.#line(person));
    return [...lines.filter(({ left }) => left === null), ...lines.filter(({ left }) => left)];
  }

  #withCard(card: string): seed.FakePerson[] {
    return this.#people.filter(({ fields }) => fields['card']?.value === card);
  }

  /** Two people have a card, and two others the same one; one of them has left. */
  #giveCards(): void {
    const at = this.#options.now() - 40 * 86_400_000;
    const cards = [CARD.one, CARD.other, CARD.shared, CARD.shared];
    for (const [index, card] of cards.entries()) {
      const person = this.#people[index];
      if (person) person.fields['card'] = seed.standing(card, 'Samir', at, 'seen');
    }
    const leaving = this.#people.at(-3);
    if (leaving) {
      leaving.fields['left'] = seed.standing(Math.floor(at / 86_400_000), 'Samir', at, 'seen');
    }
  }

  /** The log has it a moment later; then the person is nowhere. */
  #erase(person: seed.FakePerson): void {
    const { id } = person;
    const [author, at] = [this.#me.name, this.#options.now()];
    this.#erasing.set(id, { author, at });
    const asked: ErasureLine = {
      op: seed.newId(),
      at,
      author,
      records: 1,
      asked: true,
      carriedOut: null,
    };
    this.#erasures.push(asked);
    setTimeout(() => {
      this.#erased.add(id);
      this.#people.splice(this.#people.indexOf(person), 1);
      this.#encounters.erase(id);
      for (const [at, line] of this.#referrals.entries()) {
        if (line.person?.id === id) this.#referrals[at] = { ...line, erased: true, consent: null };
      }
      const done = seed.erasures(this.#options.now())[0];
      this.#erasures[this.#erasures.indexOf(asked)] = {
        ...asked,
        asked: false,
        carriedOut: done?.carriedOut ?? null,
      };
      this.#emit('changed', null);
    }, 4000);
  }

  #person(id: Id): seed.FakePerson {
    if (this.#erased.has(id)) throw new CallProblem('erased');
    const person = this.#people.find((one) => one.id === id);
    if (!person) throw new CallProblem('not_found');
    return person;
  }

  #meet(met: Met): EncounterLine['people'][number] {
    const person = 'id' in met ? this.#person(met.id) : this.#create(met.alias);
    person.lastMet = this.#options.now();
    person.mark = 'tablet';
    return { id: person.id, name: this.#line(person).name, contact: seed.newId() };
  }

  #referral(id: Id): ReferralLine {
    const line = this.#referrals.find((one) => one.id === id);
    if (!line) throw new CallProblem('not_found');
    return line;
  }

  #create(alias: string): seed.FakePerson {
    const at = this.#options.now();
    const person: seed.FakePerson = {
      id: seed.newId(),
      fields: { 'alias/0000000a': seed.standing(alias, this.#me.name, at, 'tablet') },
      lastMet: null,
      mark: 'tablet',
    };
    this.#people.unshift(person);
    return person;
  }

  /** Who is followed for weeks, and of two without a name was recognised as one. */
  #follow({ id, fields }: seed.FakePerson): void {
    this.#rows.seed(id);
    const name = seed.aliasesOf({ fields })[0] ?? '';
    this.#encounters.link({ id, name, contact: seed.newId() });
  }

  #refer(person: seed.FakePerson, structure: Id, needs: ReferralLine['needs']): Id {
    const now = this.#options.now();
    const chosen = seed.structures.find(({ id }) => id === structure) ?? null;
    const id = seed.newId();
    this.#referrals.push({
      id,
      person: { id: person.id, name: this.#line(person).name },
      erased: false,
      structure: chosen,
      needs,
      state: 'sent',
      since: now,
      sentAt: now,
      decideUntil: chosen?.decideHours ? now + chosen.decideHours * 3_600_000 : null,
      author: this.#me.name,
      claimedBy: null,
      consent: 'spoken',
      consentUndecided: false,
      mark: 'tablet',
    });
    return id;
  }

  #movesOf(line: ReferralLine): MoveLine[] {
    const sent: MoveLine = {
      row: line.id,
      move: 'send',
      at: line.sentAt ?? line.since,
      author: line.author,
      ruling: 'applied',
      reason: null,
      mark: line.mark,
    };
    return this.#moves.get(line.id) ?? [sent];
  }

  #line(person: seed.FakePerson): PersonLine {
    const aliases = seed.aliasesOf(person);
    const sign = person.fields['description']?.value;
    const left = person.fields['left']?.value;
    const requests = this.#rows.requests(person.id).filter(({ status }) => status === 'open');
    return {
      id: person.id,
      name: aliases[0] ?? (typeof sign === 'string' ? sign : ''),
      aliases,
      sign: typeof sign === 'string' ? sign : null,
      lastMet: person.lastMet,
      mark: person.mark,
      conflict: Object.values(person.fields).some((field) => field.conflict),
      openRequests: requests.length,
      referral: this.#referrals.find((one) => one.person?.id === person.id)?.state ?? null,
      left: typeof left === 'number' ? left : null,
      records: 1,
    };
  }

  #leaving({ fields }: seed.FakePerson): (TimelineItem & { readonly type: 'left' })[] {
    const [said] = fields['left']?.candidates ?? [];
    if (typeof said?.value !== 'number') return [];
    const reason = (fields['left_reason']?.value ?? null) as LeftReason | null;
    const { author, at, mark, value } = said;
    return [{ type: 'left', left: { day: value, reason, author, at, mark }, at }];
  }

  #record(person: seed.FakePerson): PersonRecord {
    const met = this.#encounters.all.filter(({ line }) =>
      line.people.some(({ id }) => id === person.id),
    );
    const timeline: TimelineItem[] = [
      ...met.map(({ line, note }) => ({
        type: 'contact' as const,
        row: contactsOf(line, person.id)[0] ?? line.row,
        at: line.at,
        author: line.author,
        note,
        fields: {},
        linked: contactsOf(line, person.id).some((row) => this.#encounters.isLinked(row)),
        health: contactsOf(line, person.id).flatMap((row) => this.#health.contact(row)),
        encounter: line,
        mark: line.mark,
        void: line.void,
      })),
      ...this.#health
        .contact(person.id)
        .map((care) => ({ type: 'care' as const, care, at: care.at })),
      ...this.#rows.timeline(person.id),
      ...this.#leaving(person),
      ...this.#referrals
        .filter((one) => one.person?.id === person.id)
        .map((referral) => ({ type: 'referral' as const, referral, at: referral.since })),
    ];
    return {
      line: this.#line(person),
      fields: person.fields,
      health: this.#health.person(person.id),
      records: [],
      ...this.#rows.written(person.id),
      left: this.#leaving(person)[0]?.left ?? null,
      bin: this.#bin.holds(person.id),
      timeline: timeline.sort((a, b) => b.at - a.at),
      mayErase: this.#me.role === 'administrator',
      erasing: this.#erasing.get(person.id) ?? null,
    };
  }
}

/** `code` is shown where people carry the codes. */
function joining(step: JoinStep, code: string | null = null): JoinState {
  return { state: 'joining', step, letters: step === 'waiting' ? null : LETTERS, code };
}

function contactsOf(line: EncounterLine, person: Id): string[] {
  return line.people.filter(({ id }) => id === person).map(({ contact }) => contact);
}
