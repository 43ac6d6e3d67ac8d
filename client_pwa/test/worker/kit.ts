/** What the data worker's tests share: an association with its administrator, and tablets over databases in memory. */
import 'fake-indexeddb/auto';
import { forceCloseDatabase, IDBFactory } from 'fake-indexeddb';
import { deleteDB, openDB } from 'idb';
import { toHex } from '../../src/engine/bytes.ts';
import { ahead } from '../../src/engine/ahead.ts';
import { checkpointOf } from '../../src/engine/checkpoint.ts';
import {
  decodeCode1,
  encodeCode2,
  encodeLink,
  letters,
  welcome,
} from '../../src/engine/enrolment.ts';
import { commit, deviceId, wrap, WRAP_BYTES } from '../../src/engine/keys.ts';
import type { DeviceId, EntityId, OpId, WorkerId } from '../../src/engine/ids.ts';
import { newReplica, type Replica } from '../../src/engine/replica.ts';
import { nextEpoch } from '../../src/engine/rotation.ts';
import { EpochKey } from '../../src/engine/secret.ts';
import { firstEpoch, write, writeControl, writeFounding } from '../../src/engine/writer.ts';
import type { KitItem } from '../../src/domain/catalogue.types.ts';
import { Store } from '../../src/store/store.ts';
import { registry } from '../../src/worker/catalogue.ts';
import { Core } from '../../src/worker/core.ts';
import {
  CallProblem,
  type CallName,
  type Calls,
  type ClosedRound,
  type DeviceState,
  type EncounterAmendment,
  type EncounterDraft,
  type Events,
  type ItemCounts,
  type NewItem,
  type NewRound,
} from '../../src/worker/protocol.ts';
import type { Fetch } from '../../src/worker/reach.ts';
import { randomBytes } from '../../src/worker/server.ts';
import {
  deliver,
  EPOCH_KEY,
  identity,
  member,
  moment,
  ORG,
  RECOVERY,
  SPACE,
  START_MS,
  stream,
} from '../engine/kit.ts';
import { DIRECTORY, MemoryServer } from './server.ts';

export const ORIGIN = 'https://escale.example';
export const PIN = '251425';
export const ZONE = DIRECTORY.zone[0]?.id ?? '';
export const STRUCTURE = DIRECTORY.structure[0]?.id ?? '';

/** None of any space. */
export const ANOTHER_KEY = new EpochKey(new Uint8Array(32).fill(8));

const ODILE = await identity(7);

export const WORKERS = {
  Awa: { id: 'c1'.repeat(16), role: 'outreach', profession: 'social_worker' },
  Ines: { id: 'c2'.repeat(16), role: 'health', profession: 'nurse' },
  Bruno: { id: 'c3'.repeat(16), role: 'coordinator', profession: 'social_worker' },
} as const;
export type Name = keyof typeof WORKERS | 'Odile';

/** The administrator, written down only where a test is about what she does. */
const ODILE_HERSELF = {
  intent: 'genesis' as const,
  entity: 'c7'.repeat(16) as EntityId,
  kind: 'worker',
  facts: { role: 'administrator', profession: 'other' },
  fields: { name: 'Odile' },
};

/** A round on foot without a bag; a test says whose it is, and what it is about. */
export const ROUND: NewRound = {
  zone: ZONE,
  type: 'social',
  mode: 'walk',
  route: '',
  crew: [],
  bag: null,
  loaded: {},
};

/** Every draft's members; a test says those it is about. */
export const NOBODY: EncounterDraft = {
  patrol: '',
  zone: null,
  within: null,
  people: [],
  anonymous: {},
  ages: {},
  items: [],
  needs: [],
  note: '',
  contact: {},
  health: {},
  referral: null,
  drafts: null,
};

/** Every correction's members; a test says of which encounter it is, and what it is about. */
export const NOTHING: EncounterAmendment = {
  row: '',
  reason: 'Erreur de saisie.',
  anonymous: {},
  ages: {},
  counts: [],
  items: [],
  people: [],
  removed: [],
  drafts: null,
};

/** So many of each item, by piece. */
export function pieces(counts: ItemCounts): NewItem[] {
  const items = Object.entries(counts) as [KitItem, number][];
  return items.map(([item, count]) => ({ item, unit: 'piece', count }));
}

/** One association: its server, and Odile's replica, who founded it and wrote down its workers. */
export class Association {
  readonly server: MemoryServer;
  readonly odile: Replica;
  readonly root: OpId;

  private constructor(server: MemoryServer, odile: Replica, root: OpId) {
    this.server = server;
    this.odile = odile;
    this.root = root;
  }

  static async found(server = new MemoryServer(), recovery = RECOVERY): Promise<Association> {
    const odile = newReplica(ODILE, registry(), SPACE, null, stream(7));
    const bodies = [member(ODILE), member(recovery)] as const;
    const epoch = await firstEpoch(SPACE, bodies, EPOCH_KEY);
    const association = new Association(
      server,
      odile,
      await writeFounding(odile, bodies, epoch, moment(1)),
    );
    const workers = Object.entries(WORKERS).map(([name, { id, role, profession }]) => ({
      intent: 'genesis' as const,
      entity: id as EntityId,
      kind: 'worker',
      facts: { role, profession },
      fields: { name },
    }));
    await write(odile, workers, { ...moment(), random: randomBytes });
    await association.deliver();
    return association;
  }

  async deliver(): Promise<void> {
    await deliver(this.odile, this.server);
  }

  /** Odile's device changes the key, and gives one device another than the others. */
  async rotateAmiss(victim: string): Promise<void> {
    const body = await nextEpoch(await ahead(this.odile), randomBytes);
    const epoch = { space: SPACE, n: body.n, commitment: body.commit };
    const xPk = this.odile.reader.view.members.byDevice.get(victim as DeviceId)?.xPk;
    const amiss = await wrap(ANOTHER_KEY, xPk ?? new Uint8Array(), epoch, victim as DeviceId);
    const wraps = body.wraps.map(([device, right]) => {
      return [device, device === victim ? amiss : right] as const;
    });
    writeControl(this.odile, { ...body, wraps }, moment());
    await this.deliver();
  }

  /** Opens a mailbox and returns its link. */
  link(): string {
    const join = randomBytes(16);
    this.server.mailboxes.set(toHex(join), { code1: null, code2: null });
    return encodeLink({ origin: ORIGIN, join });
  }

  /**
   * Answers the device that waits in a mailbox: it is a member, and its letters are these. `from` is where its log is to
   * begin.
   */
  async answer(
    name: Name,
    roles = 1,
    from: 'checkpoint' | 'first op' = 'checkpoint',
  ): Promise<string> {
    const [join, waiting] = [...this.server.mailboxes].at(-1) ?? [];
    if (join === undefined || !waiting?.code1) throw new Error('No device waits.');
    const code1 = decodeCode1(waiting.code1);
    const epoch = { space: SPACE, n: 1, commitment: commit(SPACE, 1, EPOCH_KEY) };
    const { view } = this.odile.reader;
    const start = [from === 'first op' ? 0 : view.cursor, checkpointOf(view)] as const;
    const offered = welcome(epoch, this.root, start, randomBytes(WRAP_BYTES));
    const { edPk, xPk, nonce } = code1;
    const [device, worker] = [
      deviceId(edPk),
      (name === 'Odile' ? ODILE_HERSELF.entity : WORKERS[name].id) as WorkerId,
    ];
    const keyed = { edPk, xPk, wrap: await wrap(EPOCH_KEY, xPk, epoch, device) };
    const body = { kind: 'member', device, ...keyed, roles, org: ORG, worker } as const;
    writeControl(this.odile, body, moment());
    await this.deliver();
    const code2 = encodeCode2({ origin: ORIGIN, nonce, spaces: [offered] });
    this.server.mailboxes.set(join, { code1: waiting.code1, code2 });
    return letters(waiting.code1, code2);
  }

  /** Returns a device of Odile's that has joined, is open, and administers. */
  async administrator(): Promise<Tablet> {
    await write(this.odile, [ODILE_HERSELF], { ...moment(), random: randomBytes });
    return this.tablet('Odile', 7);
  }

  /** Returns a worker's tablet that has joined and is open. */
  async tablet(name: Name, roles = 1): Promise<Tablet> {
    const tablet = await Tablet.new(this.server);
    await tablet.call('join.begin', { link: this.link() });
    await this.answer(name, roles);
    await tablet.tick();
    await tablet.call('join.compared', null);
    await tablet.call('join.finish', { pin: PIN });
    return tablet;
  }
}

type Raw = { readonly connections: Parameters<typeof forceCloseDatabase>[0][] };
type Planned = { readonly run: () => void; readonly at: number };

/** A browser with its database; `core` is its data worker now. */
export class Tablet {
  readonly server: MemoryServer;
  readonly #database = new IDBFactory();
  readonly #planned = new Map<number, Planned>();
  #timers = 0;
  #answered: () => void = () => undefined;
  events: { [Key in keyof Events]: { name: Key; value: Events[Key] } }[keyof Events][] = [];
  now_ms = START_MS;
  /** What lies between the data worker that is started next and the server. */
  line: (fetch: Fetch) => Fetch = (fetch) => fetch;
  core!: Core;
  store!: Store;

  private constructor(server: MemoryServer) {
    this.server = server;
  }

  static async new(server: MemoryServer): Promise<Tablet> {
    const tablet = new Tablet(server);
    await tablet.restart();
    return tablet;
  }

  /** Returns a browser with a copy of this one's profile, as somebody copies the folder. */
  async clone(): Promise<Tablet> {
    const clone = new Tablet(this.server);
    clone.now_ms = this.now_ms;
    await copy(this.#database, clone.#database);
    await clone.restart();
    return clone;
  }

  /** The browser forgets what it keeps for the app, under whatever is open. */
  async clearStorage(): Promise<void> {
    globalThis.indexedDB = this.#database;
    const clearing = deleteDB('escale');
    this.closeStorage();
    await clearing;
  }

  /** The browser closes what it keeps for the app, and keeps it. */
  closeStorage(): void {
    const { _databases } = this.#database as unknown as { _databases: Map<string, Raw> };
    for (const connection of _databases.get('escale')?.connections ?? []) {
      forceCloseDatabase(connection);
    }
  }

  /** Throws the data worker away, with all that it held in memory and everything it planned, and starts another. */
  async restart(): Promise<void> {
    this.#planned.clear();
    this.#answered = () => undefined;
    globalThis.indexedDB = this.#database;
    this.store = await Store.open(randomBytes);
    const planned = this.#planned;
    this.core = new Core({
      store: this.store,
      fetch: this.line(this.server.fetch),
      origin: ORIGIN,
      now: () => this.now_ms,
      chance: () => 0.5,
      timer: {
        set: (run, delay_ms) => {
          this.#timers += 1;
          planned.set(this.#timers, { run, at: this.now_ms + delay_ms });
          this.#answered();
          return this.#timers;
        },
        clear: (timer) => {
          planned.delete(timer);
        },
      },
      emit: (name, value) => {
        this.events.push({ name, value } as (typeof this.events)[number]);
        this.#answered();
      },
    });
  }

  async reopen(): Promise<void> {
    await this.restart();
    await this.call('vault.unlock', { pin: PIN });
    await this.sync();
  }

  call<Name extends CallName>(name: Name, ask: Calls[Name]['ask']): Promise<Calls[Name]['answer']> {
    return this.core.call(name, ask);
  }

  /** Returns the problem a call is answered with; an answer, and any other failure, fails the test. */
  async refused<Name extends CallName>(name: Name, ask: Calls[Name]['ask']): Promise<string> {
    const error: unknown = await this.call(name, ask).then(
      () => new Error('It was done.'),
      (reason: unknown) => reason,
    );
    if (!(error instanceof CallProblem)) throw error;
    return error.problem;
  }

  get planned(): number {
    return this.#planned.size;
  }

  /** Lets the time go by until what is planned next, and runs it. */
  lapse(): void {
    const next = this.#next();
    this.now_ms = next.at;
    next.run();
  }

  #next(): Planned {
    const [timer, next] = [...this.#planned].sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
    if (timer === undefined || next === undefined) throw new Error('Nothing is planned.');
    this.#planned.delete(timer);
    return next;
  }

  /** Runs what is planned next, and waits until the calls it made are answered; in a killed tab they never are. */
  async tick(): Promise<void> {
    const next = this.#next();
    const answered = new Promise<void>((resolve) => {
      this.#answered = resolve;
    });
    next.run();
    await answered;
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Synchronises, and waits until nothing is under way. */
  async sync(): Promise<Calls['sync.now']['answer']> {
    return this.call('sync.now', null);
  }

  async state(): Promise<DeviceState> {
    return this.call('device.state', null);
  }

  async openRound(
    crew: readonly (keyof typeof WORKERS)[] = ['Awa', 'Ines'],
    more: Partial<NewRound> = {},
  ): Promise<string> {
    const ids = crew.map((name) => WORKERS[name].id);
    const { id } = await this.call('patrol.open', { ...ROUND, crew: ids, ...more });
    return id;
  }

  /** Closes a round of which nothing is to be said, and of whose bag nothing was counted, but what a test says. */
  async closeRound(id: string, more: Partial<ClosedRound> = {}): Promise<void> {
    await this.call('patrol.close', { id, report: '', handover: '', counted: [], ...more });
  }

  /** Returns the record of the one person found by these words. */
  async person(query: string): Promise<Calls['view.person']['answer']> {
    const { people } = await this.call('view.people', { query });
    const [found, ...others] = people;
    if (found === undefined || others.length > 0) throw new Error('Not one person is found.');
    return this.call('view.person', { id: found.id });
  }
}

/** Copies every record from one browser's database to another's, which is empty. */
async function copy(from: IDBFactory, to: IDBFactory): Promise<void> {
  globalThis.indexedDB = from;
  const source = await openDB('escale');
  const names = [...source.objectStoreNames];
  globalThis.indexedDB = to;
  const target = await openDB('escale', source.version, {
    upgrade: (made) => {
      for (const name of names) made.createObjectStore(name);
    },
  });
  for (const name of names) {
    const [keys, values] = [await source.getAllKeys(name), await source.getAll(name)];
    for (const [at, key] of keys.entries()) await target.put(name, values[at], key);
  }
  source.close();
  target.close();
}
