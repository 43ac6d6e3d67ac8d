/** The data worker without its wiring: what each call does, and in which state of the device it may be asked. */
import { type Bytes } from '../engine/bytes.ts';
import { ROLE_ADMIN } from '../engine/control.ts';
import { decodeLink, decodeSetup, type Setup } from '../engine/enrolment.ts';
import type { OpId, WorkerId } from '../engine/ids.ts';
import type { Replica } from '../engine/replica.ts';
import { isFull, type Store } from '../store/store.ts';
import { faultOf, seedOf, SHARES_NEEDED, wordList } from '../vault/shares.ts';
import { CODE_CHARS_MIN, sealVault } from '../vault/vault.ts';
import { retireDevice } from './devices.ts';
import { Founding, secretBytes, SETUP } from './founding.ts';
import { amendEncounter } from './amending.ts';
import { saveEncounter, voidEncounter } from './encounters.ts';
import * as gestures from './gestures.ts';
import { found, type Handlers } from './handlers.ts';
import type { Fetch } from './reach.ts';
import type { Invites } from './invites.ts';
import { Join } from './join.ts';
import { giveHealth, healthTeam, openHealth, takeHealth } from './health/readers.ts';
import { decodeLabel } from './label.ts';
import { noticeCalls } from './notice-calls.ts';
import { observationCalls } from './observation-calls.ts';
import { OpenVault } from './open-vault.ts';
import { personCalls } from './person-calls.ts';
import { problemOf } from './problems.ts';
import {
  type CallName,
  CallProblem,
  type Calls,
  type DeviceState,
  type Cleared,
  type PaperFault,
  type Events,
  type SyncState,
} from './protocol.ts';
import { Recovering, RECOVERY, told } from './recovering.ts';
import { createReferral, moveReferral } from './referrals.ts';
import { closeRound, createBag, loadBag, openRound } from './rounds.ts';
import { randomBytes, Refused, Server, Unreached } from './server.ts';
import type { Scene } from './scene.ts';
import type { Timer } from './server-watch.ts';
import { type Contents, decodeContents, encodeContents } from './contents.ts';
import { Session } from './session.ts';
import { TriedCodes } from './tried-codes.ts';
import { Turns } from './turns.ts';
import { conflicts, unsent } from './views/conflicts.ts';
import { lines } from './views/directory.ts';
import { encounterNamed, workerLine, workers, zones } from './views/encounters.ts';
import { lastTime } from './views/last-time.ts';
import { patrolHome } from './views/patrol.ts';
import { type Reading, rowIdOf } from './views/reading.ts';
import { queue, referralRecord, structures } from './views/referrals.ts';
import { roundReport } from './views/report.ts';
import { opening, rounds } from './views/rounds.ts';
import { team } from './views/team.ts';

const LOOK_AGAIN_MS = 1_000;

export type CoreOptions = {
  readonly store: Store;
  readonly fetch: Fetch;
  readonly origin: string;
  readonly now: () => number;
  readonly chance: () => number;
  readonly timer: Timer;
  readonly emit: <Name extends keyof Events>(name: Name, value: Events[Name]) => void;
};

export class Core {
  readonly #options: CoreOptions;
  readonly #server: Server;
  readonly #codes: TriedCodes;
  readonly #vault = new Turns();
  #join: Join | null = null;
  #looking: number | undefined;
  #founding: Founding | null = null;
  #recovering: Recovering | null = null;
  /** A set-up link opened on a device that founds already: it takes the place of the one that ran out. */
  #newerSetup: Setup | null = null;
  #open: OpenVault | null = null;
  /** How many records the locked tablet says that only it has. */
  #unsent: number | null = null;
  #cleared: Cleared | null = null;

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#server = new Server(options.fetch, options.origin, options.now);
    this.#codes = new TriedCodes(options);
    options.store.onClose(() => void this.#closed());
  }

  /** Answers a call. Rejects with CallProblem for everything that a worker can do something about. */
  async call<Name extends CallName>(
    name: Name,
    ask: Calls[Name]['ask'],
  ): Promise<Calls[Name]['answer']> {
    try {
      return await this.#handlers[name](ask);
    } catch (error) {
      if (await this.#isCleared(error)) throw new CallProblem('locked');
      throw problemOf(error);
    }
  }

  /** The browser has taken the store away. If it keeps it, the next call fails, and the page is to be loaded anew. */
  async #closed(): Promise<void> {
    if (await this.#options.store.isCleared()) this.#clear();
  }

  /** Whether a call failed because nothing is left of the store. */
  async #isCleared(error: unknown): Promise<boolean> {
    if (this.#cleared !== null) return true;
    const isStores = error instanceof DOMException && !isFull(error);
    if (!isStores || !(await this.#options.store.isCleared())) return false;
    this.#clear();
    return true;
  }

  /** Nothing is written into a new store under the eyes of somebody who believes that it is the old one. */
  #clear(): void {
    if (this.#cleared !== null) return;
    const { unsent, aside } = this.#open?.sync.state ?? { unsent: this.#unsent, aside: 0 };
    this.#cleared = { state: 'cleared', unsent: unsent === null ? null : unsent + aside };
    this.#open?.sync.stop();
    this.#recovering?.stop();
    [this.#open, this.#join, this.#founding, this.#recovering] = [null, null, null, null];
    this.#options.emit('device', this.#cleared);
  }

  /** The app is looked at again, or the line came back: worth an attempt. */
  hint(): void {
    void this.#open?.sync.soon();
  }

  readonly #handlers: Handlers = {
    ...personCalls(() => this.#opened()),
    ...noticeCalls(() => this.#opened()),
    ...observationCalls(() => this.#opened()),
    'device.state': () => this.#state(),
    'join.begin': ({ link }) => this.#beginJoin(link),
    'join.show': () => this.#beginJoin(null),
    'join.answer': async ({ code, scanned }) => {
      this.#join?.take(code, scanned);
      return this.#state();
    },
    'join.compared': () => this.#compared(),
    'join.cancel': () => this.#cancelJoin(),
    'join.finish': ({ pin }) => this.#finishJoin(pin),
    'found.begin': ({ link }) => this.#beginFounding(link),
    'found.name': ({ name, profession }) => this.#found((one) => one.name(name, profession)),
    'found.paper': ({ word }) =>
      this.#found((one) => {
        one.confirm(word);
      }),
    'found.cancel': () => this.#cancelFounding(),
    'found.finish': ({ pin }) => this.#finishFounding(pin),
    'recover.begin': () => this.#beginRecovering(),
    'recover.list': wordList,
    'recover.check': ({ papers }) => papersFault(papers),
    'recover.read': ({ papers }) => this.#recover((one) => one.read(papers)),
    'recover.name': (ask) =>
      this.#recover((one) => {
        one.name(ask);
      }),
    'recover.compared': () =>
      this.#recover((one) => {
        one.compared();
      }),
    'recover.back': () =>
      this.#recover((one) => {
        one.back();
      }),
    'recover.finish': ({ pin }) => this.#finishRecovering(pin),
    'recover.cancel': () => this.#cancelRecovering(),
    'recover.told': () => this.#told(),
    'vault.unlock': ({ pin }) => this.#vault.take(() => this.#unlock(pin)),
    'vault.lock': () => this.#vault.take(() => this.#lock()),
    'sync.state': () => this.#syncState(),
    'sync.now': () => this.#syncNow(),
    'restore.heard': () => this.#heard(),
    'view.unsent': () => unsent(this.#opened().readings()),
    'view.directory': () =>
      this.#view((reading) => ({
        zones: zones(reading),
        structures: structures(reading),
      })),
    'view.workers': () => this.#view(workers),
    'view.patrol': () =>
      this.#view((reading) => patrolHome(reading, this.#opened().session.worker)),
    'view.encounter': ({ row }) =>
      this.#view((reading) => found(encounterNamed(reading, rowIdOf(row as OpId)))),
    'view.lastTime': (ask) => this.#view((reading) => lastTime(reading, ask)),
    'view.queue': () => this.#view(queue),
    'view.referral': ({ id }) => this.#view((reading) => found(referralRecord(reading, id))),
    'view.conflicts': () => this.#view(conflicts),
    'view.opening': () => this.#view((reading) => opening(reading, this.#opened().session.worker)),
    'view.rounds': () => this.#view(rounds),
    'view.report': ({ id }) => this.#view((reading) => found(roundReport(reading, id))),
    'bag.create': (ask) => this.#save((scene) => createBag(scene, ask)),
    'bag.load': (ask) => this.#save((scene) => loadBag(scene, ask)),
    'patrol.open': (ask) => this.#save((scene) => openRound(scene, ask)),
    'patrol.close': (ask) => this.#save((scene) => closeRound(scene, ask)),
    'encounter.save': (ask) => this.#opened().saveDraft(ask, (scene) => saveEncounter(scene, ask)),
    'encounter.amend': (ask) =>
      this.#opened().saveDraft(ask, (scene) => amendEncounter(scene, ask)),
    'encounter.void': (ask) => this.#save((scene) => voidEncounter(scene, ask)),
    'view.team': async () => {
      const { session, invites } = this.#opened();
      const lines = await invites.lines();
      return this.#view((reading) => team(reading, session.replica, lines));
    },
    'view.doubts': () => Promise.resolve(this.#opened().doubts()),
    'view.lines': () => this.#view((reading) => lines(reading.directory)),
    'view.health': () => Promise.resolve(healthTeam(this.#opened().healthScene)),
    'health.open': () => this.#opened().administerHealth(openHealth),
    'health.give': ({ device }) =>
      this.#opened().administerHealth((scene, moment) => giveHealth(scene, device, moment)),
    'health.take': ({ device }) =>
      this.#opened().administerHealth((scene, moment) => takeHealth(scene, device, moment)),
    'health.add': (ask) => this.#save((scene) => gestures.addHealth(scene, ask)),
    'directory.write': (ask) => this.#opened().writeLine(ask),
    'worker.add': (ask) => this.#save((scene) => gestures.addWorker(scene, ask)),
    'invite.create': ({ worker }) =>
      this.#administer((invites) => invites.create(worker as WorkerId)),
    'invite.answer': ({ worker, code, scanned }) =>
      this.#administer((invites) => invites.answer(worker as WorkerId, code, scanned)),
    'invite.look': () => this.#administer((invites) => invites.look()),
    'invite.confirm': ({ join }) => this.#administer((invites) => invites.confirm(join)),
    'invite.drop': ({ join }) => this.#administer((invites) => invites.drop(join)),
    'device.revoke': ({ device }) => this.#save((scene) => retireDevice(scene, device)),
    'salvage.copy': () => this.#opened().salvage.copy(this.#opened().sync.state.retired !== null),
    'salvage.open': (file) => this.#view((reading) => this.#opened().salvage.open(file, reading)),
    'salvage.write': () => this.#opened().writeSalvage(),
    'view.erasures': () => this.#opened().erasures(),
    'erasures.look': () => this.#opened().lookAtSeen(),
    'entity.edit': (ask) => this.#save((scene) => gestures.editEntity(scene, ask)),
    'conflict.resolve': (ask) => this.#save((scene) => gestures.resolveConflict(scene, ask)),
    'referral.create': (ask) => this.#save((scene) => createReferral(scene, ask)),
    'referral.move': (ask) => this.#save((scene) => moveReferral(scene, ask)),
    'draft.put': ({ name, body }) => this.#opened().putDraft(name, body),
    'draft.get': ({ name }) => this.#opened().getDraft(name),
  };

  // ── The device ──

  async #state(): Promise<DeviceState> {
    if (this.#cleared) return this.#cleared;
    if (this.#open) return this.#openState(this.#open);
    if (this.#join) return this.#join.state;
    if (this.#founding) return this.#founding.state;
    if (this.#recovering) return this.#recovering.state;
    const vault = await this.#codes.vault();
    if (vault === undefined) return { state: 'unjoined' };
    const label = decodeLabel(await this.#options.store.label());
    this.#unsent = label.unsent;
    return { state: 'locked', ...label, retryAt: vault.retryAt };
  }

  /** An open vault works once the log says that its device is a member. */
  #openState(open: OpenVault): DeviceState {
    const { session } = open;
    const { member, recovery } = session;
    if (recovery === 'waits') {
      return { state: 'recovering', step: 'opening', read: 0, last: 0, people: [], root: null };
    }
    if (member === null) {
      return session.founds
        ? { state: 'founding', step: 'opening', paper: null }
        : (this.#join?.state ?? { state: 'joining', step: 'loading', letters: null, code: null });
    }
    const administers = (member.roles & ROLE_ADMIN) !== 0;
    const me = workerLine(open.read(), member.worker ?? '');
    const { access: health } = open.health;
    return { state: 'open', me, administers, health, returned: recovery === 'untold' };
  }

  /** Begins by the mailbox of a link, or, without one, by codes that people carry. */
  async #beginJoin(text: string | null): Promise<DeviceState> {
    const state = await this.#state();
    if (state.state !== 'unjoined') return state;
    const { origin } = this.#options;
    const link = text === null ? null : decodeLink(text);
    if ((link?.origin ?? origin) !== origin) throw new CallProblem('link_other_server');
    const join = new Join(origin, link?.join ?? null);
    await join.begin(this.#server);
    this.#join = join;
    if (link) this.#lookLater(join);
    return join.state;
  }

  #lookLater(join: Join): void {
    this.#looking = this.#options.timer.set(() => void this.#look(join), LOOK_AGAIN_MS);
  }

  async #look(join: Join): Promise<void> {
    if (this.#join !== join) return;
    try {
      if (await join.look(this.#server)) this.#options.emit('device', join.state);
      else this.#lookLater(join);
    } catch (error) {
      if (error instanceof Unreached) this.#lookLater(join);
      else await this.#cancelJoin();
    }
  }

  async #compared(): Promise<DeviceState> {
    if (this.#join?.step === 'compare') this.#join.step = 'code';
    return this.#state();
  }

  async #cancelJoin(): Promise<DeviceState> {
    if (this.#looking !== undefined) this.#options.timer.clear(this.#looking);
    this.#looking = undefined;
    this.#join = null;
    if (this.#open && this.#open.session.member === null && !this.#open.session.founds) {
      await this.#giveUp(this.#open);
    }
    const state = await this.#state();
    this.#options.emit('device', state);
    return state;
  }

  /** Forgets a vault. What the server still answers to it is not kept: another one may be there by then. */
  async #giveUp({ sync, session }: OpenVault): Promise<void> {
    sync.stop();
    this.#open = null;
    await session.end();
    await this.#options.store.clear();
  }

  async #finishJoin(pin: string): Promise<DeviceState> {
    const join = this.#join;
    if (join?.step !== 'code') return this.#state();
    if (pin.length < CODE_CHARS_MIN) throw new CallProblem('pin_too_short');
    join.step = 'loading';
    this.#options.emit('device', join.state);
    try {
      await this.#makeVault(join.contents(), pin);
    } catch (error) {
      join.step = 'code';
      throw error;
    }
    const open = this.#opened();
    await open.sync.now();
    if (this.#open === open) await open.keepLabel();
    return this.#state();
  }

  async #makeVault(contents: Contents, pin: string): Promise<void> {
    const { store } = this.#options;
    await store.clear();
    await this.#keepVault(contents, pin);
    await this.#enter(await Session.open(contents, store));
  }

  /** For a device that nobody lets in: what it has to push is kept first, and the vault last. */
  async #makeFirstVault(
    contents: Contents,
    replica: Replica,
    pin: string,
    sealed: Readonly<Record<string, Bytes>>,
  ): Promise<void> {
    const { store } = this.#options;
    await store.clear();
    const session = await Session.begin(contents, store, replica);
    await session.change(() => Promise.resolve(), sealed);
    await this.#keepVault(contents, pin);
    await this.#enter(session);
  }

  async #keepVault(contents: Contents, pin: string): Promise<void> {
    const { store } = this.#options;
    const sealed = await sealVault(encodeContents(contents), pin, store.keys.vault, randomBytes);
    await store.keepVault(sealed);
  }

  // ── Founding: `founding.ts` says in which order ──

  async #beginFounding(text: string): Promise<DeviceState> {
    const setup = decodeSetup(text);
    if (setup.origin !== this.#options.origin) throw new CallProblem('link_other_server');
    const state = await this.#state();
    if (state.state === 'locked') this.#newerSetup = setup;
    if (state.state !== 'unjoined') return state;
    try {
      await this.#server.lookAtSetup(setup.secret);
    } catch (error) {
      throw error instanceof Refused ? new CallProblem('setup_refused') : error;
    }
    this.#founding = new Founding(setup, this.#options.now, this.#options.chance);
    return this.#state();
  }

  async #found(step: (founding: Founding) => Promise<void> | void): Promise<DeviceState> {
    if (this.#founding) await step(this.#founding);
    return this.#state();
  }

  async #cancelFounding(): Promise<DeviceState> {
    this.#founding = null;
    return this.#state();
  }

  async #finishFounding(pin: string): Promise<DeviceState> {
    const founding = this.#founding;
    if (founding === null) return this.#state();
    if (pin.length < CODE_CHARS_MIN) throw new CallProblem('pin_too_short');
    const { contents, replica } = founding.begin();
    this.#options.emit('device', founding.state);
    try {
      await this.#makeFirstVault(contents, replica, pin, { [SETUP]: secretBytes(founding.setup) });
    } catch (error) {
      founding.step = 'code';
      throw error;
    }
    this.#founding = null;
    await this.#opened().sync.now();
    return this.#state();
  }

  // ── Recovery: `recovering.ts` says in which order ──

  async #beginRecovering(): Promise<DeviceState> {
    const state = await this.#state();
    if (state.state !== 'unjoined') return state;
    const { fetch, origin, now } = this.#options;
    const recovering = new Recovering(new Server(fetch, origin, now), origin, now, () => {
      if (this.#recovering === recovering) this.#options.emit('device', recovering.state);
    });
    this.#recovering = recovering;
    return recovering.state;
  }

  async #recover(step: (recovering: Recovering) => Promise<void> | void): Promise<DeviceState> {
    if (this.#recovering) await step(this.#recovering);
    return this.#state();
  }

  async #finishRecovering(pin: string): Promise<DeviceState> {
    const recovering = this.#recovering;
    if (recovering === null) return this.#state();
    if (pin.length < CODE_CHARS_MIN) throw new CallProblem('pin_too_short');
    const { contents, replica, kept } = await recovering.begin();
    this.#options.emit('device', recovering.state);
    try {
      await this.#makeFirstVault(contents, replica, pin, { [RECOVERY]: kept });
    } catch (error) {
      recovering.step = 'code';
      throw error;
    }
    this.#recovering = null;
    await this.#opened().sync.now();
    return this.#state();
  }

  /** Nothing was given up but what was typed; a device that was refused for good forgets its useless keys too. */
  async #cancelRecovering(): Promise<DeviceState> {
    this.#recovering?.stop();
    this.#recovering = null;
    if (this.#open?.session.recovery === 'waits') await this.#giveUp(this.#open);
    return this.#state();
  }

  async #told(): Promise<DeviceState> {
    await told(this.#opened().session);
    return this.#state();
  }

  async #unlock(pin: string): Promise<DeviceState> {
    const { store } = this.#options;
    const vault = await this.#codes.vault();
    if (vault === undefined || this.#open) return this.#state();
    const contents = await this.#codes.open(vault, pin);
    const session = await Session.open(decodeContents(contents), store);
    if (session.founds && this.#newerSetup) {
      await session.keep(SETUP, secretBytes(this.#newerSetup));
    }
    await this.#enter(session);
    void this.#opened().sync.now();
    return this.#state();
  }

  /** The page ends this worker right after: what is kept here is what the locked screen shows. */
  async #lock(): Promise<DeviceState> {
    try {
      this.#open?.sync.stop();
      await this.#open?.keepLabel();
    } finally {
      this.#open = null;
      this.#join = null;
    }
    return this.#state();
  }

  async #enter(session: Session): Promise<void> {
    const { store, now, chance, timer, emit } = this.#options;
    const stateChanged = async (): Promise<void> => {
      if (this.#open?.session.member != null) this.#join = null;
      emit('device', await this.#state());
    };
    const options = { store, server: this.#server, now, chance, timer, emit, stateChanged };
    this.#open = await OpenVault.enter(session, options);
  }

  #opened(): OpenVault {
    if (this.#open === null) throw new CallProblem('locked');
    return this.#open;
  }

  #view<Answer>(look: (reading: Reading) => Answer | Promise<Answer>): Promise<Answer> {
    return this.#opened().view(look);
  }

  #save<Answer>(gesture: (scene: Scene) => Promise<Answer>): Promise<Answer> {
    return this.#opened().save(gesture);
  }

  #administer(step: (invites: Invites) => Promise<unknown>): Promise<null> {
    return this.#opened().administer(step);
  }

  async #syncState(): Promise<SyncState> {
    return Promise.resolve(this.#opened().sync.state);
  }

  async #heard(): Promise<SyncState> {
    await this.#opened().heard();
    return this.#syncState();
  }

  async #syncNow(): Promise<SyncState> {
    await this.#opened().sync.now();
    return this.#syncState();
  }
}

async function papersFault(
  papers: Calls['recover.check']['ask']['papers'],
): Promise<PaperFault | null> {
  if (papers.length < SHARES_NEEDED) return faultOf(papers);
  const seed = await seedOf(papers);
  return 'fault' in seed ? seed : null;
}
