/**
 * The association's health file on this device: a second space, and how the device stands to it.
 *
 * | step   | who                     | what happens                                                  | a kill here leaves     |
 * |--------|-------------------------|---------------------------------------------------------------|------------------------|
 * | open   | administrator           | the space is founded in memory and its pointer written; both  | nothing, or all of it  |
 * |        |                         | outboxes are saved in one transaction                         |                        |
 * | found  | the same                | the pointer is pushed; if it is the first one in the log, the | goes on from here      |
 * |        |                         | space is opened at the server and pushed                      |                        |
 * | follow | every device            | finds the pointer, and asks the server whether it is a member | asks again             |
 * | read   | members                 | the log is pulled from its first op; the first reader rotates | goes on from here      |
 * | keep   | administrators, readers | whom the association has retired is retired here too          | does it the next time  |
 * |        | administrators          | whom it has erased is erased here too                         | does it the next time  |
 *
 * A second space that another administrator opened at the same time is left as it is: nobody ever writes in it.
 */
import { type Bytes } from '../../engine/bytes.ts';
import { membersAhead } from '../../engine/ahead.ts';
import { decode, encode } from '../../engine/codec.ts';
import { keepCompartment, writeCompartment } from '../../engine/compartment.ts';
import { bytesOf, idOf, type OpId, type SpaceId, type StreamId } from '../../engine/ids.ts';
import { isKeyed, type Members } from '../../engine/members.ts';
import { OpClass } from '../../engine/op.ts';
import { newReplica, type Replica } from '../../engine/replica.ts';
import { isExposed } from '../../engine/rotation.ts';
import { type Moment, write } from '../../engine/writer.ts';
import type { Store } from '../../store/store.ts';
import { registry } from '../catalogue.ts';
import { contentsOf } from '../contents.ts';
import { eraseToo } from '../erasing.ts';
import { Exchange, type ExchangeOptions } from '../exchange.ts';
import { CallProblem, type HealthAccess } from '../protocol.ts';
import { isOut, keepRetired, retiredSince, saysRetired } from '../retired.ts';
import { randomBytes, randomId, Refused, type Server } from '../server.ts';
import { Session } from '../session.ts';
import type { Folds } from '../views/folds.ts';
import { type Pointer, pointerIn, pointerIntent } from './pointer.ts';
import { healthDevices } from './workers.ts';

/** Its shelf of the store, and the record among the association's that says which space is on that shelf. */
export const SHELF = 'health';

export type HealthFileOptions = {
  /** The association's space. */
  readonly first: Session;
  readonly store: Store;
  readonly server: Server;
  readonly now: () => number;
  /** What the association's log shows now. */
  readonly folds: () => Folds;
};

/** The members of both spaces, and how many entities the association has erased. */
type Kept = {
  readonly outer: Members | null;
  readonly members: Members | null;
  readonly erased: number;
};

/** What an exchange tells. */
type Hooks = Pick<ExchangeOptions, 'isStopped' | 'changed' | 'report'>;
const NOTHING_KEPT: Kept = { outer: null, members: null, erased: 0 };

type Place = Pick<Pointer, 'space' | 'root'>;

export class HealthFile {
  readonly #options: HealthFileOptions;
  session: Session | null = null;
  #exchange: Exchange | null = null;
  /** How both spaces stood when nothing was to be done about them: nothing is, as long as they stand so. */
  #kept = NOTHING_KEPT;
  /** The server said that this device is no member of it. */
  #isRefused = false;
  /** How the device stood when it was said last that something had changed. */
  #told: HealthAccess = 'none';

  private constructor(options: HealthFileOptions) {
    this.#options = options;
  }

  /** Opens what the store holds of it. */
  static async open(options: HealthFileOptions): Promise<HealthFile> {
    const file = new HealthFile(options);
    const kept = await options.first.kept(SHELF);
    if (kept === null) return file;
    const { space, root } = decodePlace(kept);
    const contents = await contentsOf(options.first.contents, space, root);
    file.session = await Session.open(contents, options.store, SHELF);
    file.#isRefused = (await retiredSince(file.session)) !== null;
    return file;
  }

  get pointer(): Pointer | null {
    return pointerIn(this.#options.folds());
  }

  get access(): HealthAccess {
    const { session, pointer } = this;
    if (session === null) return pointer === null ? 'none' : 'closed';
    const isElsewhere = pointer !== null && pointer.space !== session.contents.space;
    if (isElsewhere || this.#isRefused) return 'closed';
    const { member, replica } = session;
    if (member === null) return session.founds ? 'closed' : 'waiting';
    if (!isKeyed(member)) return 'closed';
    const isRead = this.#exchange?.loading == null && replica.keyring.newest > 0;
    return isRead && !isExposed(replica) ? 'open' : 'waiting';
  }

  /** Founds the space and says where it is, in one transaction; the caller knows that this device may. */
  async open(): Promise<void> {
    const { first, store } = this.#options;
    if (this.pointer !== null) throw new CallProblem('refused');
    const space = randomId<SpaceId>();
    const replica = this.#emptyReplica(space, null);
    const members = membersAhead(first.replica);
    const readers = healthDevices(this.#options.folds(), members);
    const moment = this.#moment();
    const devices = new Set(readers.map(({ device }) => device));
    const root = await writeCompartment(replica, members, devices, moment);
    const contents = await contentsOf(first.contents, space, root);
    const session = await Session.begin(contents, store, replica, SHELF);
    await this.#take(session, async () => {
      if (this.pointer !== null) throw new CallProblem('refused');
      await write(first.replica, [pointerIntent(space, root)], moment);
    });
  }

  /** Exchanges its log, if there is one for this device. Rejects as an exchange does; a refusal closes it instead. */
  async exchange(hooks: Hooks): Promise<void> {
    const told = {
      ...hooks,
      changed: () => {
        this.#told = this.access;
        hooks.changed();
      },
    };
    this.#told = this.access;
    try {
      await this.#exchangeTelling(told);
    } finally {
      if (this.access !== this.#told) told.changed();
    }
  }

  async #exchangeTelling(hooks: Hooks): Promise<void> {
    await this.#follow();
    const { session } = this;
    if (session === null || hooks.isStopped() || !this.#isDue(session)) return;
    if (this.#exchange?.session !== session) this.#exchange = this.#newExchange(session, hooks);
    try {
      await this.#found(session);
      await this.#runAgain(this.#exchange);
      await this.#close(session, isOut(session));
    } catch (error) {
      if (!saysRetired(error, session)) throw error;
      await this.#close(session, true);
    }
  }

  /** A server that was restored from before the founding knows no member: its founder founds the space once more. */
  async #runAgain(exchange: Exchange): Promise<void> {
    const { session } = exchange;
    try {
      await exchange.run();
    } catch (error) {
      if (!saysRetired(error, session) || !(await this.#isForgotten(session))) throw error;
      await session.stepBack(0, this.#options.now());
      await exchange.run();
    }
  }

  /** Tells whether this device has founded the space and the server has nothing of it. */
  async #isForgotten({ replica, contents, identity }: Session): Promise<boolean> {
    if (replica.controls[0]?.header.device !== identity.device) return false;
    try {
      await this.#options.server.openSpaceAs(contents.space, identity);
      return true;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  }

  /** A space that is not the association's, or not known to be yet, is sent nothing but what a worker has saved. */
  #isDue({ contents, founds, replica }: Session): boolean {
    const { pointer } = this;
    const isElsewhere = pointer !== null && pointer.space !== contents.space;
    if (isElsewhere) return holdsRecords(replica);
    return !founds || pointer?.isLogged === true;
  }

  /** Goes where the pointer says, once the server says that this device is a member there. */
  async #follow(): Promise<void> {
    const { first, server, store } = this.#options;
    const { pointer } = this;
    if (pointer === null || pointer.space === this.session?.contents.space) return;
    // What a worker has saved is not given up for another space.
    if (this.session !== null && holdsRecords(this.session.replica)) return;
    if (!(await server.spaces(first.identity)).includes(pointer.space)) return;
    const contents = await contentsOf(first.contents, pointer.space, pointer.root);
    const replica = this.#emptyReplica(pointer.space, pointer.root);
    const session = await Session.begin(contents, store, replica, SHELF);
    await this.#take(session, () => Promise.resolve());
  }

  /** Puts a space on the shelf in the place of what was there. */
  async #take(session: Session, step: () => Promise<void>): Promise<void> {
    const { first } = this.#options;
    const sealed = { [SHELF]: encodePlace(session.contents) };
    await Session.changeAll(
      [
        { session: first, sealed },
        { session, forgetsAll: true },
      ],
      step,
    );
    this.session = session;
    this.#exchange = null;
    this.#kept = NOTHING_KEPT;
    this.#isRefused = false;
  }

  #emptyReplica(space: SpaceId, root: OpId | null): Replica {
    const { identity } = this.#options.first;
    return newReplica(identity, registry(), space, root, randomId<StreamId>());
  }

  #newExchange(session: Session, hooks: Hooks): Exchange {
    const { server, now } = this.#options;
    return new Exchange({ session, server, now, due: () => this.#keep(session), ...hooks });
  }

  /** Opens the space at the server as long as its founding has no answer. */
  async #found(session: Session): Promise<void> {
    if (!session.founds) return;
    try {
      await this.#options.server.openSpaceAs(session.contents.space, session.identity);
    } catch (error) {
      // The segment that founded it was ours, and its answer was lost.
      if (!(error instanceof Refused) || error.body.code !== 'space_exists') throw error;
    }
  }

  /** Does what the association has decided meanwhile of its devices and people; tells whether there is something to push. */
  async #keep(session: Session): Promise<boolean> {
    const first = this.#options.first.replica;
    const { members: outer } = first.reader.view;
    const { members } = session.replica.reader.view;
    const erased = first.reader.view.erased.own().size;
    const [before, now] = [this.#kept, { outer, members, erased }];
    const isSame = before.outer === outer && before.members === members;
    if (isSame && before.erased === erased) return false;
    const isChanged = await session.change(async () => {
      const hasErased = eraseToo(session.replica, first, this.#moment());
      return (await keepCompartment(session.replica, outer, this.#moment())) || hasErased;
    });
    if (!isChanged) this.#kept = now;
    return isChanged;
  }

  async #close(session: Session, isRefused: boolean): Promise<void> {
    if (isRefused === this.#isRefused) return;
    await keepRetired(session, isRefused ? this.#options.now() : null);
    this.#isRefused = isRefused;
  }

  #moment(): Moment {
    const now = this.#options.now();
    return { local_ms: now, at_ms: now, random: randomBytes };
  }
}

function holdsRecords({ outbox }: Replica): boolean {
  return [...outbox.ops.values()].some(({ header }) => header.opClass !== OpClass.CONTROL);
}

function encodePlace({ space, root }: Place): Bytes {
  return encode([1, bytesOf(space), bytesOf(root)]);
}

function decodePlace(data: Bytes): Place {
  const [, space, root] = decode(data) as readonly [number, Bytes, Bytes];
  return { space: idOf(space), root: idOf(root) };
}
