/**
 * Invitations of a device, and the letters that two people compare before anything takes effect.
 *
 * | step | where      | what happens                                                                       |
 * |------|------------|------------------------------------------------------------------------------------|
 * | 1    | here       | by a link: a mailbox is opened; its link is kept sealed, and handed to a person     |
 * | 2    | new device | puts code 1 in, its keys; by hand: shows it                                         |
 * | 3    | here       | takes the first code 1 it sees, draws code 2, keeps both, puts code 2 in; by hand:  |
 * |      |            | takes the code 1 that was filmed or pasted, and shows code 2                        |
 * | 4    | both       | show the letters of both codes; two people compare them by voice                   |
 * | 5    | here       | tick: the member op with the wrapped key is saved, and pushed; or the invitation   |
 * |      |            | is dropped, and nothing was given                                                  |
 * | 6    | new device | tick: a code is chosen; it reads the log as soon as step 5 is there, whichever ends |
 * |      |            | first                                                                              |
 *
 * A camera carries nothing: what it reads stands on the screen before it. A code 1 that this device filmed needs no
 * tick in step 5, its member op is saved in step 3; a code 2 that the new device filmed needs none in step 6. Each
 * side shows the letters all the same, for the other may have pasted.
 *
 * Whoever carries the codes, the server or a message, may have put keys of its own into code 1. Therefore nothing
 * before step 5 opens anything: in the place of the wrap, code 2 has random bytes. They must be random: with a code 2
 * that a carrier can compute beforehand it finds two codes of its own with the same letters in 2^40 steps; with one
 * that it first sees after its code 1 is taken, it needs 2^80.
 */
import { ahead, membersAhead } from '../engine/ahead.ts';
import { type Bytes, sameBytes, toHex } from '../engine/bytes.ts';
import { startOf } from '../engine/checkpoint.ts';
import { type MemberBody, ROLE_WRITE } from '../engine/control.ts';
import {
  BadCode,
  type Code1,
  decodeCode1,
  encodeCode2,
  encodeLink,
  letters,
  welcome,
} from '../engine/enrolment.ts';
import type { WorkerId } from '../engine/ids.ts';
import { deviceId, WRAP_BYTES } from '../engine/keys.ts';
import { ROLES } from '../engine/recovery.ts';
import { epochOf, wrapAhead } from '../engine/rotation.ts';
import { writeControl } from '../engine/writer.ts';
import type { WorkerRole } from '../domain/catalogue.types.ts';
import { type Carried, requestIn } from './carried.ts';
import {
  decodeInvites,
  encodeInvites,
  type HandInvite,
  type Invite,
  type MailboxCodes,
} from './invite.ts';
import { CallProblem, type InviteLine } from './protocol.ts';
import { randomBytes, Refused, type Server } from './server.ts';
import type { Session } from './session.ts';
import { Turns } from './turns.ts';

const INVITES = 'invites';
const JOIN_BYTES = 16;
/** As long as a server keeps a mailbox. */
const BY_HAND_MS = 7 * 86_400_000;

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
    return (await this.#kept()).map((invite) => lineOf(invite, origin));
  }

  /** Opens a mailbox for a device of this worker. */
  async create(worker: WorkerId): Promise<void> {
    const { session, server } = this.#options;
    const join = randomBytes(JOIN_BYTES);
    const expires = await server.openMailbox(toHex(join), session.identity);
    const invite = { way: 'mailbox', join, worker, expires, codes: null } as const;
    await this.#edit((invites) => [...invites, invite]);
  }

  /**
   * Answers the code 1 of a device of this worker that people carried here. Pasted, its answer waits for the tick;
   * read by this device's camera, the member op is saved with it. Rejects with CallProblem, and then nothing changed.
   */
  answer(worker: WorkerId, carried: string, scanned: boolean): Promise<void> {
    return this.#turns.take(async () => {
      const { now } = this.#options;
      const request = requestIn(carried);
      const invites = await this.#kept();
      if (this.#isAnswered(request, invites)) throw new CallProblem('code_used');
      const invite: HandInvite = {
        way: 'hand',
        join: randomBytes(JOIN_BYTES),
        worker,
        expires: now() + BY_HAND_MS,
        code1: request.text,
        code2: this.#code2(request.code),
        given: scanned,
      };
      const kept = [...invites, invite];
      if (scanned) await this.#letIn(worker, request.code, kept);
      else await this.#options.session.keep(INVITES, encodeInvites(kept));
    });
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
    for (const invite of await this.#kept()) {
      if (invite.way === 'hand' || invite.codes?.posted) continue;
      const { join, codes } = invite;
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
      const invites = await this.#kept();
      const invite = invites.find((one) => toHex(one.join) === join);
      const codes = invite && toCompare(invite);
      if (!codes) throw new CallProblem('not_found');
      const others = invites.filter((one) => one !== invite);
      await this.#letIn(invite.worker, decodeCode1(codes.code1), others);
    });
  }

  /**
   * The letters differ, or the invitation was not meant: nobody answers it any more, and its device becomes no member;
   * or its device has been let in, and needs its answer no longer.
   */
  async drop(join: string): Promise<void> {
    await this.#edit((invites) => invites.filter((one) => toHex(one.join) !== join));
  }

  /** The codes are kept before the answer leaves: after a kill the same one is put in again. */
  async #lookInto(join: Bytes, known: MailboxCodes | null): Promise<boolean> {
    const { session, server } = this.#options;
    const codes = known ?? (await this.#codes(join));
    if (codes === null) return false;
    if (known === null) await this.#keep(join, codes);
    await server.putCode2(toHex(join), codes.code2, session.identity);
    await this.#keep(join, { ...codes, posted: true });
    return true;
  }

  async #codes(join: Bytes): Promise<MailboxCodes | null> {
    const { code1 } = await this.#options.server.mailbox(toHex(join));
    if (code1 === null) return null;
    return { code1, code2: this.#code2(decodeCode1(code1)), posted: false };
  }

  /** Draws the answer to a device, never the same twice: where it begins is here, what opens it is not. */
  #code2({ nonce }: Code1): string {
    const { contents, replica } = this.#options.session;
    const { origin, root } = contents;
    const { view } = replica.reader;
    const epoch = epochOf(view.members);
    const offered = welcome(epoch, root, startOf(view), randomBytes(WRAP_BYTES));
    return encodeCode2({ origin, nonce, spaces: [offered] });
  }

  /** A device has one answer, so that it has one set of letters; and who is a member is invited no more. */
  #isAnswered({ text, code }: Carried<Code1>, invites: readonly Invite[]): boolean {
    const { byDevice } = membersAhead(this.#options.session.replica);
    return (
      byDevice.has(deviceId(code.edPk)) ||
      invites.some((invite) => (invite.way === 'hand' ? invite : invite.codes)?.code1 === text)
    );
  }

  /** Saves the member op and the invitations that are left, together. */
  async #letIn(worker: WorkerId, code: Code1, invites: readonly Invite[]): Promise<void> {
    const { session, now } = this.#options;
    const moment = { local_ms: now(), at_ms: now(), random: randomBytes };
    const write = async (): Promise<void> => {
      writeControl(session.replica, await this.#memberBody(worker, code), moment);
    };
    await session.change(write, { [INVITES]: encodeInvites(invites) });
  }

  /** Its wrap is of the epoch ahead: a rotation that waits in the outbox comes before it. */
  async #memberBody(worker: WorkerId, { edPk, xPk }: Code1): Promise<MemberBody> {
    const { session, roleOf } = this.#options;
    if (session.member === null) throw new CallProblem('refused');
    const device = deviceId(edPk);
    const roles = roleOf(worker) === 'administrator' ? ROLES : ROLE_WRITE;
    const { org } = session.member;
    const wrapped = await wrapAhead(await ahead(session.replica), xPk, device);
    return { kind: 'member', device, edPk, xPk, roles, org, worker, wrap: wrapped };
  }

  #keep(join: Bytes, codes: MailboxCodes): Promise<void> {
    return this.#edit((invites) =>
      invites.map((one) =>
        one.way === 'mailbox' && sameBytes(one.join, join) ? { ...one, codes } : one,
      ),
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

/** The codes whose letters this device's tick is about; null before they are there, and after it. */
function toCompare(invite: Invite): { readonly code1: string; readonly code2: string } | null {
  if (invite.way === 'hand') return invite.given ? null : invite;
  return invite.codes?.posted ? invite.codes : null;
}

function lineOf(invite: Invite, origin: string): InviteLine {
  const { worker, expires } = invite;
  const join = toHex(invite.join);
  if (invite.way === 'hand') {
    const { code1, code2, given } = invite;
    const said = letters(code1, code2);
    return { way: 'hand', join, worker, expires, letters: said, answer: code2, given };
  }
  const codes = toCompare(invite);
  const link = `${origin}/#join=${encodeLink({ origin, join: invite.join })}`;
  const said = codes && letters(codes.code1, codes.code2);
  return { way: 'link', join, worker, expires, letters: said, link };
}
