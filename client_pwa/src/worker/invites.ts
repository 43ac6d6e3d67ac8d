/**
 * Invitations of a device: a join link for each, and the letters that two people compare before anything takes effect.
 *
 * | step | where      | what happens                                                                       |
 * |------|------------|------------------------------------------------------------------------------------|
 * | 1    | here       | a mailbox is opened; its link is kept sealed, and handed to a person               |
 * | 2    | new device | puts code 1 in: its keys                                                           |
 * | 3    | here       | takes the first code 1 it sees, draws code 2, keeps both, puts code 2 in           |
 * | 4    | both       | show the letters of both codes; two people compare them by voice                   |
 * | 5    | here       | tick: the member op with the wrapped key is saved, and pushed; or the invitation   |
 * |      |            | is dropped, and nothing was given                                                  |
 * | 6    | new device | tick: a code is chosen; it reads the log as soon as step 5 is there, whichever ends |
 * |      |            | first                                                                              |
 *
 * The server carries both codes and may have put its own keys into code 1. Therefore nothing before step 5 opens
 * anything: in the place of the wrap, code 2 has random bytes. They must be random: with a code 2 that the server can
 * compute beforehand it finds two codes of its own with the same letters in 2^40 steps; with one that it first sees
 * after its code 1 is taken, it needs 2^80.
 */
import { ahead } from '../engine/ahead.ts';
import { type Bytes, sameBytes, toHex } from '../engine/bytes.ts';
import { checkpointOf } from '../engine/checkpoint.ts';
import { decode, encode } from '../engine/codec.ts';
import { type MemberBody, ROLE_WRITE } from '../engine/control.ts';
import {
  BadCode,
  decodeCode1,
  encodeCode2,
  encodeLink,
  letters,
  welcome,
} from '../engine/enrolment.ts';
import { bytesOf, idOf, type WorkerId } from '../engine/ids.ts';
import { deviceId, WRAP_BYTES } from '../engine/keys.ts';
import { ROLES } from '../engine/recovery.ts';
import { epochOf, wrapAhead } from '../engine/rotation.ts';
import { writeControl } from '../engine/writer.ts';
import type { WorkerRole } from '../domain/catalogue.types.ts';
import { CallProblem, type InviteLine } from './protocol.ts';
import { randomBytes, Refused, type Server } from './server.ts';
import type { Session } from './session.ts';
import { Turns } from './turns.ts';

const INVITES = 'invites';
const JOIN_BYTES = 16;

type Codes = { readonly code1: string; readonly code2: string; readonly posted: boolean };
type Invite = {
  readonly join: Bytes;
  readonly worker: WorkerId;
  readonly expires: number;
  readonly codes: Codes | null;
};

export type InvitesOptions = {
  readonly session: Session;
  readonly server: Server;
  readonly now: () => number;
  readonly roleOf: (worker: WorkerId) => WorkerRole | null;
};

export class Invites {
  readonly #options: InvitesOptions;
  readonly #turns = new Turns();
  #looking: Promise<boolean> | null = null;

  constructor(options: InvitesOptions) {
    this.#options = options;
  }

  /** Returns the invitations that are neither confirmed nor out of time, as the screen shows them. */
  async lines(): Promise<InviteLine[]> {
    const { origin } = this.#options.session.contents;
    return (await this.#kept()).map(({ join, worker, expires, codes }) => ({
      join: toHex(join),
      worker,
      expires,
      link: `${origin}/#join=${encodeLink({ origin, join })}`,
      letters: codes?.posted ? letters(codes.code1, codes.code2) : null,
    }));
  }

  /** Opens a mailbox for a device of this worker. */
  async create(worker: WorkerId): Promise<void> {
    const { session, server } = this.#options;
    const join = randomBytes(JOIN_BYTES);
    const expires = await server.openMailbox(toHex(join), session.identity);
    await this.#edit((invites) => [...invites, { join, worker, expires, codes: null }]);
  }

  /**
   * Looks into each mailbox, and answers the device that waits there; tells whether an invitation changed. Asked while
   * it looks, it looks once: two answers to one device would have two sets of letters.
   */
  look(): Promise<boolean> {
    this.#looking ??= this.#lookIntoAll().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #lookIntoAll(): Promise<boolean> {
    let changed = false;
    for (const { join, codes } of await this.#kept()) {
      if (codes?.posted) continue;
      try {
        changed = (await this.#lookInto(join, codes)) || changed;
      } catch (error) {
        if (!(error instanceof BadCode || error instanceof Refused)) throw error;
        // Somebody has spoiled the mailbox, or its time is over: the link is worth nothing any more.
        await this.drop(toHex(join));
        changed = true;
      }
    }
    return changed;
  }

  /** The letters are the same: the device becomes a member and the invitation ends, in one save. */
  confirm(join: string): Promise<void> {
    return this.#turns.take(async () => {
      const { session, now } = this.#options;
      const invites = await this.#kept();
      const invite = invites.find((one) => toHex(one.join) === join);
      if (!invite?.codes?.posted) throw new CallProblem('not_found');
      const { worker, codes } = invite;
      const moment = { local_ms: now(), at_ms: now(), random: randomBytes };
      const others = encodeInvites(invites.filter((one) => one !== invite));
      const write = async (): Promise<void> => {
        writeControl(session.replica, await this.#memberBody(worker, codes.code1), moment);
      };
      await session.change(write, { [INVITES]: others });
    });
  }

  /** The letters differ, or the link was not meant: nobody answers it any more, and its device becomes no member. */
  async drop(join: string): Promise<void> {
    await this.#edit((invites) => invites.filter((one) => toHex(one.join) !== join));
  }

  /** The codes are kept before the answer leaves: after a kill the same one is put in again. */
  async #lookInto(join: Bytes, known: Codes | null): Promise<boolean> {
    const { session, server } = this.#options;
    const codes = known ?? (await this.#codes(join));
    if (codes === null) return false;
    if (known === null) await this.#keep(join, codes);
    await server.putCode2(toHex(join), codes.code2, session.identity);
    await this.#keep(join, { ...codes, posted: true });
    return true;
  }

  async #codes(join: Bytes): Promise<Codes | null> {
    const { code1 } = await this.#options.server.mailbox(toHex(join));
    if (code1 === null) return null;
    const { nonce } = decodeCode1(code1);
    const { contents, replica } = this.#options.session;
    const { origin, root } = contents;
    const { view } = replica.reader;
    const start = [view.cursor, checkpointOf(view)] as const;
    const offered = welcome(epochOf(view.members), root, start, randomBytes(WRAP_BYTES));
    return { code1, code2: encodeCode2({ origin, nonce, spaces: [offered] }), posted: false };
  }

  /** Its wrap is of the epoch ahead: a rotation that waits in the outbox comes before it. */
  async #memberBody(worker: WorkerId, code1: string): Promise<MemberBody> {
    const { session, roleOf } = this.#options;
    const { edPk, xPk } = decodeCode1(code1);
    if (session.member === null) throw new CallProblem('refused');
    const device = deviceId(edPk);
    const roles = roleOf(worker) === 'administrator' ? ROLES : ROLE_WRITE;
    const { org } = session.member;
    const wrapped = await wrapAhead(await ahead(session.replica), xPk, device);
    return { kind: 'member', device, edPk, xPk, roles, org, worker, wrap: wrapped };
  }

  #keep(join: Bytes, codes: Codes): Promise<void> {
    return this.#edit((invites) =>
      invites.map((one) => (sameBytes(one.join, join) ? { ...one, codes } : one)),
    );
  }

  #edit(change: (invites: readonly Invite[]) => readonly Invite[]): Promise<void> {
    return this.#turns.take(async () => {
      await this.#options.session.keep(INVITES, encodeInvites(change(await this.#kept())));
    });
  }

  async #kept(): Promise<readonly Invite[]> {
    const kept = await this.#options.session.kept(INVITES);
    const invites = kept === null ? [] : decodeInvites(kept);
    return invites.filter(({ expires }) => expires > this.#options.now());
  }
}

function encodeInvites(invites: readonly Invite[]): Bytes {
  return encode([
    1,
    invites.map(({ join, worker, expires, codes }) => [
      join,
      bytesOf(worker),
      expires,
      codes === null ? null : [codes.code1, codes.code2, codes.posted],
    ]),
  ]);
}

function decodeInvites(data: Bytes): Invite[] {
  const [, invites] = decode(data) as [
    number,
    [Bytes, Bytes, number, [string, string, boolean] | null][],
  ];
  return invites.map(([join, worker, expires, codes]) => ({
    join,
    worker: idOf<WorkerId>(worker),
    expires,
    codes: codes === null ? null : { code1: codes[0], code2: codes[1], posted: codes[2] },
  }));
}
