/**
 * Enrolment: the two codes that make a device a member, and the sixteen letters that people compare.
 *
 * ```
 * code 1 = base64url msgpack [1, ed_pk, x_pk, nonce16]                                     (the new device)
 * code 2 = base64url msgpack [1, origin, nonce16, [[space, root, K, cp, n, commit_n, wrap]…]]   (an administrator)
 * link   = base64url msgpack [1, origin, join16], in the fragment of an address
 * setup  = base64url msgpack [1, origin, secret], in the fragment of an address: the secret of an empty installation
 * letters = base32 of the first 10 bytes of H("esc1/enrol\0" || code 1 bytes || code 2 bytes)
 * ```
 * A code that was carried by anything but a camera is trusted only once both screens show the same
 * letters: the nonce ties code 2 to this device, the letters tie both to these two screens. In a code 2
 * that is made before the letters are compared, 80 random bytes stand where the wrap would, and the key
 * comes with the member op: through a server's mailbox as by hand, since whoever carried code 1 may have
 * swapped it.
 */
import { ascii, type Bytes, hash, sameBytes } from './bytes.ts';
import {
  bin,
  Codec,
  count,
  digest,
  id,
  int,
  list,
  NotCanonical,
  type Shape,
  struct,
} from './codec.ts';
import { type Digest, type OpId, type SpaceId } from './ids.ts';
import { type Epoch, isSoundEdPk, isSoundXPk, WRAP_BYTES } from './keys.ts';

export const ORIGIN_CHARS_MAX = 256;
export const SETUP_CHARS_MAX = 64;
export const SPACES_MAX = 8;
const LETTERS_BYTES = 10;
const KEY_BYTES = 32;
const NONCE16_BYTES = 16;
/** The letters that people read out and type: those of RFC 4648. */
export const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What was scanned, pasted or opened is no code of this kind, or not the answer to this device's own. */
export class BadCode extends Error {
  override readonly name = 'BadCode';
}

/** The answer is one, but to the nonce of another device, or of an earlier code of this one. */
export class NotThisDevice extends BadCode {}

/** The new device's keys, and a nonce that the answer repeats. */
export type Code1 = { readonly edPk: Bytes; readonly xPk: Bytes; readonly nonce: Bytes };

/** One space that the device may read: its root, where to begin, and the key of its epoch wrapped for the device. */
export type Welcome = {
  readonly space: SpaceId;
  readonly root: OpId;
  readonly begin: number;
  readonly checkpoint: Digest;
  readonly epoch: number;
  readonly commitment: Digest;
  readonly wrap: Bytes;
};

/** An administrator's answer: where the server is, the device's nonce, and its spaces. */
export type Code2 = {
  readonly origin: string;
  readonly nonce: Bytes;
  readonly spaces: readonly Welcome[];
};

/** What stands in the fragment of a join link. */
export type Link = { readonly origin: string; readonly join: Bytes };

/** What stands in the fragment of a set-up link: who holds it founds the first space of the installation. */
export type Setup = { readonly origin: string; readonly secret: string };

function chars(most: number): Shape<string> {
  return {
    read: (value) => {
      const length = typeof value === 'string' ? Array.from(value).length : 0;
      if (typeof value !== 'string' || length < 1 || length > most) {
        throw new NotCanonical(`This text has 1 to ${most} characters.`);
      }
      return value;
    },
    write: (text) => text,
  };
}

const origin = chars(ORIGIN_CHARS_MAX);
const nonce16 = bin(NONCE16_BYTES);
const key = bin(KEY_BYTES);

const welcomeShape = struct<Welcome>({
  space: id(),
  root: digest(),
  begin: count,
  checkpoint: digest(),
  epoch: int(1, 2 ** 32 - 1),
  commitment: digest(),
  wrap: bin(WRAP_BYTES),
});
const spaces = list(welcomeShape, SPACES_MAX, 1);

const code1Codec = new Codec<Code1>(struct<Code1>({ edPk: key, xPk: key, nonce: nonce16 }, 1));
const code2Codec = new Codec<Code2>(struct<Code2>({ origin, nonce: nonce16, spaces }, 1));
const linkCodec = new Codec<Link>(struct<Link>({ origin, join: nonce16 }, 1));
const setupCodec = new Codec<Setup>(struct<Setup>({ origin, secret: chars(SETUP_CHARS_MAX) }, 1));

/** Returns the new device's code as text: base64url without padding. */
export function encodeCode1(code: Code1): string {
  return textOf(code1Codec.encode(code));
}

/** Returns an administrator's answer as text: base64url without padding. */
export function encodeCode2(code: Code2): string {
  return textOf(code2Codec.encode(code));
}

/** Returns a join link's fragment as text: base64url without padding. */
export function encodeLink(link: Link): string {
  return textOf(linkCodec.encode(link));
}

/** Returns a set-up link's fragment as text: base64url without padding. */
export function encodeSetup(setup: Setup): string {
  return textOf(setupCodec.encode(setup));
}

/** Returns the new device's code. Throws BadCode, for keys of small order too. */
export function decodeCode1(text: string): Code1 {
  const code = decodeAs(code1Codec, text);
  if (!isSoundEdPk(code.edPk) || !isSoundXPk(code.xPk))
    throw new BadCode('The keys are not sound.');
  return code;
}

/** Returns the answer to the device whose nonce this is. Throws BadCode; NotThisDevice for another's answer. */
export function decodeCode2(text: string, nonce: Bytes): Code2 {
  const code = decodeAs(code2Codec, text);
  if (!sameBytes(code.nonce, nonce)) throw new NotThisDevice("The answer is another device's.");
  return code;
}

/** Returns what stands in a join link. Throws BadCode. */
export function decodeLink(text: string): Link {
  return decodeAs(linkCodec, text);
}

/** Returns what stands in a set-up link. Throws BadCode. */
export function decodeSetup(text: string): Setup {
  return decodeAs(setupCodec, text);
}

/** Returns the sixteen letters that both screens show, in groups of four. Throws BadCode for what is no base64url. */
export function letters(code1: string, code2: string): string {
  const digest = hash(ascii('esc1/enrol\0'), bytesOfText(code1), bytesOfText(code2));
  const whole = base32(digest.subarray(0, LETTERS_BYTES));
  return (whole.match(/.{4}/g) ?? []).join(' ');
}

/** Returns a space's part of code 2, for a device that begins at a checkpoint: its cursor, and cp there. */
export function welcome(
  { space, n, commitment }: Epoch,
  root: OpId,
  [begin, checkpoint]: readonly [number, Digest],
  wrapped: Bytes,
): Welcome {
  return { space, root, begin, checkpoint, epoch: n, commitment, wrap: wrapped };
}

/** Returns the letters of some bytes, whose number of bits is a multiple of five. */
export function base32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const fives = bits.match(/.{5}/g) ?? [];
  return fives.map((five) => BASE32.charAt(Number.parseInt(five, 2))).join('');
}

function textOf(bytes: Uint8Array): string {
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** A text has one form: what decodes leniently but is written otherwise is refused. */
function bytesOfText(text: string): Bytes {
  const bytes = bytesOrNull(text);
  if (bytes === null || textOf(bytes) !== text) throw new BadCode('The text is no base64url.');
  return bytes;
}

function bytesOrNull(text: string): Bytes | null {
  if (!/^[\w-]*$/.test(text)) return null;
  try {
    return ascii(atob(text.replace(/-/g, '+').replace(/_/g, '/')));
  } catch {
    // What is no base64 has no bytes.
    return null;
  }
}

function decodeAs<T>(codec: Codec<T>, text: string): T {
  try {
    return codec.decode(bytesOfText(text));
  } catch (error) {
    if (error instanceof NotCanonical) throw new BadCode('The text is no such code.');
    throw error;
  }
}
