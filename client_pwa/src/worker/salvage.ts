/**
 * What a retired device could not send, as a file: handed out there, taken over on an administrator's device.
 *
 * The file is sealed as everything is. What was opened stays in memory until it is written or the vault closes.
 */
import { type Bytes } from '../engine/bytes.ts';
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

export class Salvage {
  readonly #session: Session;
  #opened: Bytes | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  /** What this device could not send; nothing here changes. */
  async copy(isRetired: boolean): Promise<Calls['salvage.copy']['answer']> {
    const { replica } = this.#session;
    if (!isRetired) throw new CallProblem('refused');
    const records = unsent(replica).length;
    if (records === 0) throw new CallProblem('copy_nothing_new');
    return { bytes: await copyOutbox(replica, randomId<StreamId>()), records };
  }

  async open(file: Bytes, reading: Reading): Promise<Calls['salvage.open']['answer']> {
    this.#opened = null;
    const { device, worker, ops, known, closed } = await this.#read(file);
    if (ops.length + closed === 0) throw new CallProblem('copy_nothing_new');
    this.#opened = file;
    const line = workerLine(reading, worker ?? '');
    return { device, worker: line, records: ops.length, known, closed };
  }

  /**
   * Writes what was opened in the outbox of this device; the caller saves. It is read again first: a pull since then
   * may have brought what another administrator has written of it.
   */
  async write(): Promise<Calls['salvage.write']['answer']> {
    if (this.#opened === null) throw new CallProblem('not_found');
    const written = await writeSalvage(this.#session.replica, await this.#read(this.#opened));
    return { written: written.length };
  }

  /** Lets go of what was opened: it is saved. */
  forget(): void {
    this.#opened = null;
  }

  async #read(file: Bytes): Promise<Copy> {
    const { member, replica } = this.#session;
    if (member === null || !may(member, ROLE_ADMIN)) throw new CallProblem('refused');
    try {
      return await openCopy(replica, file);
    } catch (error) {
      throw error instanceof BadCopy ? new CallProblem(PROBLEM_BY_FAULT[error.fault]) : error;
    }
  }
}
