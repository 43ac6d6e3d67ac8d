/**
 * A device that enters with two papers, because every device of the association is lost.
 *
 * | step    | what happens                                                            | a kill here leaves            |
 * |---------|-------------------------------------------------------------------------|-------------------------------|
 * | papers  | two papers are typed on the screen, and make the seed                   | nothing                       |
 * | reading | the recovery member authenticates, asks for its spaces, reads them      | nothing                       |
 * | who     | a person says which worker they are, or gives a new name                | nothing                       |
 * | root    | they find the log's root on a paper: from here on it is trusted         | nothing                       |
 * | code    | this browser's keys are drawn, one segment is signed; it is kept, then  | nothing, or all of it         |
 * |         | the vault                                                               |                               |
 * | opening | the segment is pushed until answered; the new device reads the log from | the vault goes on from here   |
 * |         | its first op, and writes its worker down if they are new                |                               |
 *
 * The seed, its keys and its replica are in this worker's memory only: a kill, a cancel or the vault ends them. Before
 * the root is compared nothing is signed but the challenge of a token. The vault is put last, so that a kill before
 * it leaves a device that has joined nothing.
 */
import { type Bytes } from '../engine/bytes.ts';
import { decode, encode, type Value } from '../engine/codec.ts';
import { IntegrityFailure } from '../engine/errors.ts';
import { KEYLESS_ROLES, letIn } from '../engine/compartment.ts';
import { ROLE_ADMIN } from '../engine/control.ts';
import {
  bytesOf,
  type EntityId,
  idOf,
  type SpaceId,
  type StreamId,
  type WorkerId,
} from '../engine/ids.ts';
import type { Identity } from '../engine/keyring.ts';
import { isKeyed, isRevoked, may } from '../engine/members.ts';
import { recoveryIdentity, rootIn, writeAdministrator } from '../engine/recovery.ts';
import { newReplica, type Replica } from '../engine/replica.ts';
import { RecoverySeed, SECRET_BYTES } from '../engine/secret.ts';
import { type Moment, write, writeControl } from '../engine/writer.ts';
import type { Profession } from '../domain/catalogue.types.ts';
import { seedOf } from '../vault/shares.ts';
import { registry } from './catalogue.ts';
import { healthWorkers } from './health/workers.ts';
import { CallProblem, type DeviceState, type RecoveringStep, type Returner } from './protocol.ts';
import { randomBytes, randomId, Refused, type Server } from './server.ts';
import { type Contents, identityOf } from './contents.ts';
import type { Session } from './session.ts';
import { Folds } from './views/folds.ts';
import { EMPTY_DIRECTORY, Reading } from './views/reading.ts';
import { workers } from './views/encounters.ts';

/** The sealed record that holds the signed push until the device is in, and then that its person is to be told. */
export const RECOVERY = 'recovery';

/** After these answers the same segment is never taken: the papers are needed again. */
const FINAL: readonly string[] = [
  'epoch_conflict',
  'device_revoked',
  'not_member',
  'role_missing',
  'log_mismatch',
  'stream_moved',
  'bad_header',
  'bad_control',
  'bad_seg',
  'bad_sig',
  'bad_chain',
];

/** What the vault holds, the empty replica of the new device, and what is kept until it is in. */
export type Returned = {
  readonly contents: Contents;
  readonly replica: Replica;
  readonly kept: Bytes;
};

/** A worker whom the log does not know yet, as they are written down once the device is in. */
type NewWorker = { readonly name: string; readonly profession: Profession | null };
/** What lets the device into another space of the association. */
type Beside = { readonly space: SpaceId; readonly push: Bytes };
type Kept = {
  readonly push: Bytes;
  readonly beside: readonly Beside[];
  readonly worker: WorkerId;
  readonly is: NewWorker | null;
};

export class Recovering {
  readonly #server: Server;
  readonly #origin: string;
  readonly #now: () => number;
  readonly #progress: () => void;
  /** What was read so far: given the same papers again after the line has failed, it goes on from there. */
  #replica: Replica | null = null;
  /** Those of the association's other spaces, of which no more than who administers them is looked at. */
  #beside: readonly Replica[] = [];
  #who: Pick<Kept, 'worker' | 'is'> | null = null;
  #returned: Returned | null = null;
  #stopped = false;
  step: RecoveringStep = 'papers';

  /** `server` is this recovery's own: its token is the recovery member's and nobody else's. */
  constructor(server: Server, origin: string, now: () => number, progress: () => void) {
    this.#server = server;
    this.#origin = origin;
    this.#now = now;
    this.#progress = progress;
  }

  get state(): DeviceState {
    const { step } = this;
    const root = step === 'root' ? this.#read().reader.root : null;
    const people = step === 'who' ? this.#people() : [];
    const { cursor: read = 0, server_ms: last = 0 } = this.#replica?.reader.view ?? {};
    return { state: 'recovering', step, read, last, people, root };
  }

  #people(): ReturnType<typeof workers> {
    return workers(new Reading(new Folds(this.#read()), EMPTY_DIRECTORY));
  }

  #read(): Replica {
    if (this.#replica === null) throw new CallProblem('refused');
    return this.#replica;
  }

  /** Reads the whole log as the recovery member. Rejects with CallProblem, and then the papers can be given again. */
  async read(papers: readonly (readonly string[])[]): Promise<void> {
    if (this.step !== 'papers') return;
    this.step = 'reading';
    this.#progress();
    try {
      const seed = await seedOf(papers);
      if (!(seed instanceof RecoverySeed)) throw new CallProblem('papers_wrong');
      await this.#readAll(await recoveryIdentity(seed));
      this.step = 'who';
    } catch (error) {
      this.step = 'papers';
      if (error instanceof IntegrityFailure) this.#replica = null;
      throw problemOf(error);
    }
  }

  async #readAll(identity: Identity): Promise<void> {
    if (this.#replica?.identity.device !== identity.device) this.#replica = null;
    if (this.#replica === null) [this.#replica, ...this.#beside] = await this.#spaces(identity);
    for (const replica of [this.#replica, ...this.#beside]) await this.#pull(replica);
    const own = this.#replica.reader.view.members.byDevice.get(identity.device);
    if (own === undefined || isRevoked(own)) throw new CallProblem('papers_retired');
  }

  async #pull(replica: Replica): Promise<void> {
    const { reader, space, identity } = replica;
    for (let more = true; more && !this.#stopped;) {
      const page = await this.#server.page(space, reader.view.cursor, identity);
      ({ more } = await replica.applyPage(page, this.#now()));
      this.#progress();
    }
  }

  /**
   * Returns the association's spaces, each with its first page, the one founded first before the others. The root is
   * the one that this server shows: whether it is the association's, only the paper says.
   */
  async #spaces(identity: Identity): Promise<[Replica, ...Replica[]]> {
    const begun: Replica[] = [];
    for (const space of await this.#server.spaces(identity)) {
      const page = await this.#server.page(space, 0, identity);
      const replica = newReplica(identity, registry(), space, rootIn(page), randomId<StreamId>());
      await replica.applyPage(page, this.#now());
      begun.push(replica);
    }
    const [first, ...others] = begun.sort((a, b) => foundedAt(a) - foundedAt(b));
    if (first === undefined) throw new CallProblem('papers_retired');
    return [first, ...others];
  }

  /** Takes who the person is: a worker of the log, or somebody new. */
  name({ worker, name, profession }: Returner): void {
    if (this.step !== 'who') return;
    if (worker === null) {
      if (name.trim() === '') throw new CallProblem('name_missing');
      this.#who = { worker: randomId<WorkerId>(), is: { name: name.trim(), profession } };
    } else {
      const known = this.#people().find(({ id }) => id === worker);
      if (known === undefined) throw new CallProblem('not_found');
      this.#who = { worker: known.id as WorkerId, is: null };
    }
    this.step = 'root';
  }

  /** The root stands on the paper too: what was read is the association's log. */
  compared(): void {
    if (this.step === 'root') this.step = 'code';
  }

  /** Given up: nothing more is read. */
  stop(): void {
    this.#stopped = true;
  }

  back(): void {
    if (this.step === 'root') this.step = 'who';
    // What is signed names the worker: it is not signed a second time for somebody else.
    else if (this.step === 'code' && this.#returned === null) this.step = 'root';
  }

  /** Draws this browser's keys and signs the one segment, once; returns what is to be kept. */
  async begin(): Promise<Returned> {
    if (this.step !== 'code' || this.#who === null) throw new CallProblem('refused');
    this.step = 'opening';
    try {
      return (this.#returned ??= await this.#sign(this.#read(), this.#who));
    } catch (error) {
      this.step = 'code';
      throw error;
    }
  }

  async #sign(recovery: Replica, who: Pick<Kept, 'worker' | 'is'>): Promise<Returned> {
    const { space } = recovery;
    const { root } = recovery.reader;
    const signing = randomBytes(SECRET_BYTES);
    const box = randomBytes(SECRET_BYTES);
    const identity = await identityOf(signing, box);
    if (root === null || identity.box === null) throw new Error('A recovered device is keyed.');
    const keys = { edPk: identity.signing.public, xPk: identity.box.public };
    await writeAdministrator(recovery, keys, who.worker, momentAt(this.#now()));
    const push = await recovery.push();
    if (push === null) throw new Error('What was written is pushed.');
    const store = randomBytes(SECRET_BYTES);
    return {
      contents: { signing, box, store, space, root, origin: this.#origin, start: null },
      replica: newReplica(identity, registry(), space, root, randomId<StreamId>()),
      kept: encodeKept({ push, beside: await this.#signBeside(identity, who.worker), ...who }),
    };
  }

  /**
   * It administers the other spaces too, without a key; but a health worker reads them again. Whoever has the papers
   * could read them anyway, and else nobody would ever again once all of the health workers' devices are lost.
   */
  async #signBeside({ device, signing, box }: Identity, worker: WorkerId): Promise<Beside[]> {
    const isReader = healthWorkers(new Folds(this.#read()).refresh()).includes(worker);
    const pushes: Beside[] = [];
    for (const replica of this.#beside) {
      const own = replica.reader.view.members.byDevice.get(replica.identity.device);
      if (own === undefined || !may(own, ROLE_ADMIN)) continue;
      const keys = {
        edPk: signing.public,
        xPk: box?.public ?? null,
        proposed: null,
        revokedAt: null,
      };
      const member = { device, ...keys, roles: KEYLESS_ROLES, org: own.org, worker };
      const moment = momentAt(this.#now());
      if (isReader && isKeyed(own)) await letIn(replica, member, moment);
      else writeControl(replica, { ...member, kind: 'member', xPk: null, wrap: null }, moment);
      const push = await replica.push();
      if (push !== null) pushes.push({ space: replica.space, push });
    }
    return pushes;
  }
}

function foundedAt({ controls }: Replica): number {
  return controls[0]?.server_ms ?? Infinity;
}

/** What a person with two papers can do something about; the rest is told as everywhere. */
function problemOf(error: unknown): unknown {
  if (error instanceof IntegrityFailure) return new CallProblem('log_dishonest');
  if (!(error instanceof Refused)) return error;
  if (error.status === 401) return new CallProblem('papers_unknown');
  return new CallProblem(error.status === 403 ? 'papers_retired' : 'server_unreached');
}

function momentAt(now: number): Moment {
  return { local_ms: now, at_ms: now, random: randomBytes };
}

/** Pushes the segment that lets this device in, as long as the log does not say so. Rejects with Refused. */
export async function pushRecovery(session: Session, server: Server): Promise<void> {
  const kept = await keptOf(session);
  if (kept === null || session.member !== null) return;
  for (const { space, push } of kept.beside) await pushBeside(server, space, push);
  try {
    await server.push(session.contents.space, kept.push);
  } catch (error) {
    // It stands in the log, and the answer was lost.
    if (!(error instanceof Refused) || error.body.code !== 'already_logged') throw error;
  }
}

/** What is refused there is left to whoever else administers that space: the association does not wait for it. */
async function pushBeside(server: Server, space: SpaceId, push: Bytes): Promise<void> {
  try {
    await server.push(space, push);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

/** Whether an answer means that this device never gets in: its segment was refused for good, or it is out already. */
export function endsRecovery(error: unknown, session: Session): boolean {
  return (
    session.recovery === 'waits' && error instanceof Refused && FINAL.includes(error.body.code)
  );
}

/** The log says that this device is in: writes its worker down if they are new; tells whether it has just come in. */
export async function finishRecovery(session: Session, now: number): Promise<boolean> {
  const kept = await keptOf(session);
  if (kept === null || session.member === null) return false;
  await session.change(() => introduce(session.replica, kept, now), { [RECOVERY]: encode([2]) });
  session.recovery = 'untold';
  return true;
}

async function introduce(replica: Replica, { worker, is }: Kept, now: number): Promise<void> {
  if (is === null) return;
  const { name, profession } = is;
  const entity = idOf<EntityId>(bytesOf(worker));
  const said = { facts: { role: 'administrator', profession }, fields: { name } };
  await write(replica, [{ intent: 'genesis', entity, kind: 'worker', ...said }], momentAt(now));
}

/** Returns what a session says of itself in `recovery`, as it was kept. */
export async function recoveryOf(session: Session): Promise<Session['recovery']> {
  if ((await session.kept(RECOVERY)) === null) return null;
  return (await keptOf(session)) === null ? 'untold' : 'waits';
}

/** The person knows what to do next. */
export async function told(session: Session): Promise<void> {
  if (session.recovery !== 'untold') return;
  await session.keep(RECOVERY, null);
  session.recovery = null;
}

function encodeKept({ push, beside, worker, is }: Kept): Bytes {
  const others = beside.map((one) => [bytesOf(one.space), one.push]);
  return encode([1, push, bytesOf(worker), is && [is.name, is.profession], others]);
}

async function keptOf(session: Session): Promise<Kept | null> {
  const bytes = await session.kept(RECOVERY);
  if (bytes === null) return null;
  const [version, push, worker, is, beside = []] = decode(bytes) as readonly Value[];
  if (version !== 1) return null;
  const others = beside as readonly (readonly [Bytes, Bytes])[];
  const named = is as readonly [string, Profession | null] | null;
  return {
    push: push as Bytes,
    beside: others.map(([space, one]) => ({ space: idOf<SpaceId>(space), push: one })),
    worker: idOf<WorkerId>(worker as Bytes),
    is: named && { name: named[0], profession: named[1] },
  };
}
