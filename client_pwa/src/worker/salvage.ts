/**
 * What a retired device could not send, as a file: handed out there, taken over on another device of the association.
 *
 * ```
 * file = copy                               of the association's space alone
 *      | msgpack [2, [copy…]]               one of each space of which something is left
 * ```
 * The file is sealed as everything is. An administrator's device writes again what is the association's, and one that
 * reads the health file what is of that: each says of the other's part only that there is something. What was opened
 * stays in memory until it is written or the vault closes.
 */
import { type Bytes } from '../engine/bytes.ts';
import { decode, encode, NotCanonical } from '../engine/codec.ts';
import { ROLE_ADMIN } from '../engine/control.ts';
import type { StreamId } from '../engine/ids.ts';
import { may } from '../engine/members.ts';
import {
  BadCopy,
  type Copy,
  type CopyFault,
  copyOutbox,
  openCopy,
  unsent,
  writeSalvage,
} from '../engine/salvage.ts';
import type { HealthFile } from './health/file.ts';
import { CallProblem, type Calls, type Problem } from './protocol.ts';
import { randomId } from './server.ts';
import type { Session } from './session.ts';
import { workerLine } from './views/encounters.ts';
import type { Reading } from './views/reading.ts';

const PROBLEM_BY_FAULT: Readonly<Record<CopyFault, Problem>> = {
  unreadable: 'copy_unreadable',
  other_space: 'copy_foreign',
  unknown_device: 'copy_foreign',
  not_retired: 'copy_of_member',
};

/** A space of this device, and whether it may write there what another device has left. */
type Space = { readonly session: Session; readonly mayWrite: boolean };
type Opened = Space & { readonly copy: Copy };

export class Salvage {
  readonly #session: Session;
  readonly #health: HealthFile;
  #opened: Bytes | null = null;

  constructor(session: Session, health: HealthFile) {
    this.#session = session;
    this.#health = health;
  }

  /** What this device could not send; nothing here changes. */
  async copy(isRetired: boolean): Promise<Calls['salvage.copy']['answer']> {
    if (!isRetired) throw new CallProblem('refused');
    const replicas = this.#spaces().map(({ session }) => session.replica);
    const left = replicas.filter((replica) => unsent(replica).length > 0);
    const records = left.reduce((total, replica) => total + unsent(replica).length, 0);
    if (records === 0) throw new CallProblem('copy_nothing_new');
    const copies: Bytes[] = [];
    for (const replica of left) copies.push(await copyOutbox(replica, randomId<StreamId>()));
    const [copy] = copies;
    const isPlain = copy !== undefined && left.length === 1 && left[0] === this.#session.replica;
    return { bytes: isPlain ? copy : encode([2, copies]), records };
  }

  async open(file: Bytes, reading: Reading): Promise<Calls['salvage.open']['answer']> {
    this.#opened = null;
    const opened = await this.#read(file);
    const [first] = opened;
    if (first === undefined) throw new CallProblem('copy_foreign');
    const found = { records: 0, known: 0, closed: 0 };
    // A copy of no space of this device is of one that it does not even follow.
    let elsewhere = copiesIn(file).length > opened.length;
    for (const { copy, mayWrite } of opened) {
      found.known += copy.known;
      if (mayWrite) {
        found.closed += copy.closed;
        found.records += copy.ops.length;
      } else if (copy.closed + copy.ops.length > 0) elsewhere = true;
    }
    const isNew = elsewhere || found.records + found.closed > 0;
    if (!isNew) throw new CallProblem('copy_nothing_new');
    this.#opened = file;
    const { device, worker } = first.copy;
    return { device, worker: workerLine(reading, worker ?? ''), ...found, elsewhere };
  }

  /**
   * Writes what was opened in the outboxes of this device; the caller saves. It is read again first: a pull since then
   * may have brought what another device has written of it.
   */
  async write(): Promise<Calls['salvage.write']['answer']> {
    if (this.#opened === null) throw new CallProblem('not_found');
    let written = 0;
    for (const { session, mayWrite, copy } of await this.#read(this.#opened)) {
      if (mayWrite) written += (await writeSalvage(session.replica, copy)).length;
    }
    return { written };
  }

  /** Lets go of what was opened: it is saved. */
  forget(): void {
    this.#opened = null;
  }

  #spaces(): Space[] {
    const { member } = this.#session;
    const first = {
      session: this.#session,
      mayWrite: member !== null && may(member, ROLE_ADMIN),
    };
    const { session, access } = this.#health;
    return session === null ? [first] : [first, { session, mayWrite: access === 'open' }];
  }

  /** Returns the copies of a file that are of a space of this device. */
  async #read(file: Bytes): Promise<Opened[]> {
    const spaces = this.#spaces();
    if (!spaces.some(({ mayWrite }) => mayWrite)) throw new CallProblem('refused');
    const opened: Opened[] = [];
    for (const copy of copiesIn(file)) {
      for (const space of spaces) {
        const found = await openedIn(space.session, copy);
        if (found !== null) opened.push({ ...space, copy: found });
      }
    }
    return opened;
  }
}

function copiesIn(file: Bytes): readonly Bytes[] {
  try {
    const [version, copies] = [decode(file)].flat() as readonly unknown[];
    return version === 2 && Array.isArray(copies) && copies.every(isBytes) ? copies : [file];
  } catch (error) {
    if (error instanceof NotCanonical) return [file];
    throw error;
  }
}

function isBytes(value: unknown): value is Bytes {
  return value instanceof Uint8Array;
}

/** Returns what a copy holds, or null if it is of another space. */
async function openedIn({ replica }: Session, copy: Bytes): Promise<Copy | null> {
  try {
    return await openCopy(replica, copy);
  } catch (error) {
    if (!(error instanceof BadCopy)) throw error;
    if (error.fault === 'other_space') return null;
    throw new CallProblem(PROBLEM_BY_FAULT[error.fault]);
  }
}
