/** An invitation as this device keeps it, sealed: by a mailbox, or by codes that people carry. */
import { type Bytes } from '../engine/bytes.ts';
import { decode, encode } from '../engine/codec.ts';
import { bytesOf, idOf, type WorkerId } from '../engine/ids.ts';

/** `join` names the mailbox; by hand it is a number of this device's own, told to nobody. */
type Invited = { readonly join: Bytes; readonly worker: WorkerId; readonly expires: number };

/** `posted`: code 2 is in the mailbox. */
export type MailboxCodes = {
  readonly code1: string;
  readonly code2: string;
  readonly posted: boolean;
};

export type MailboxInvite = Invited & {
  readonly way: 'mailbox';
  readonly codes: MailboxCodes | null;
};

/** `given`: code 1 was read by this device's camera, and the member op was saved with the invitation. */
export type HandInvite = Invited & {
  readonly way: 'hand';
  readonly code1: string;
  readonly code2: string;
  readonly given: boolean;
};

export type Invite = MailboxInvite | HandInvite;

/** Both codes, and whether the one is posted or the device of the other has been let in. */
type WireCodes = [string, string, boolean] | null;
type WireInvite = [Bytes, Bytes, number, WireCodes, boolean?];

export function encodeInvites(invites: readonly Invite[]): Bytes {
  return encode([
    2,
    invites.map((invite) => {
      const { join, worker, expires, way } = invite;
      return [join, bytesOf(worker), expires, codesOf(invite), way === 'hand'];
    }),
  ]);
}

function codesOf(invite: Invite): WireCodes {
  if (invite.way === 'hand') return [invite.code1, invite.code2, invite.given];
  const { codes } = invite;
  return codes && [codes.code1, codes.code2, codes.posted];
}

/** Version 1 knew mailboxes only. */
export function decodeInvites(data: Bytes): Invite[] {
  const [, invites] = decode(data) as [number, WireInvite[]];
  return invites.map(([join, worker, expires, codes, byHand = false]) => {
    const invited = { join, worker: idOf<WorkerId>(worker), expires };
    if (codes === null) return { ...invited, way: 'mailbox', codes };
    const [code1, code2, done] = codes;
    return byHand
      ? { ...invited, way: 'hand', code1, code2, given: done }
      : { ...invited, way: 'mailbox', codes: { code1, code2, posted: done } };
  });
}
