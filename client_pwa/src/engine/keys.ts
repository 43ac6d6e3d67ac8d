/**
 * Keys: a device's two pairs, the epoch key it is handed, and the key of each entity derived from it.
 *
 * ```
 * device = first 16 bytes of H("esc1/device\0" || ed25519_pk)
 * K      = HKDF(EK_epoch, S_entity (zero32 in a genesis op), "esc1/key\0" || space || entity || u32(epoch))
 * commit = H("esc1/commit\0" || space || u32(n) || EK_n)
 * wrap   = HPKE base (X25519, HKDF-SHA256, AES-256-GCM), one shot: enc(32) || ct(48); plaintext EK_n, aad empty,
 *          info = "esc1/wrap\0" || space || u32(n) || device it is for || commit
 * prev   = nonce(12) || AES-256-GCM(HKDF(EK_n, zero32, label), nonce, EK_{n-1}, aad = label)
 *          label = "esc1/prev\0" || space || u32(n)
 * auth   = Ed25519("esc1/auth\0" || H(origin) || nonce || u64(exp_ms))
 * ```
 */
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, HpkeError } from '@hpke/core';
import { ascii, type Bytes, hash, join, toHex, u32, u64 } from './bytes.ts';
import {
  bytesOf,
  type DeviceId,
  type Digest,
  type EntityId,
  ID_BYTES,
  idOf,
  NONCE_BYTES,
  type SpaceId,
  ZERO32,
} from './ids.ts';
import {
  EpochKey,
  type EntitySecret,
  OpKey,
  type RecoverySeed,
  SECRET_BYTES,
  type Seed,
} from './secret.ts';

export const WRAP_BYTES = 80;
export const PREV_BYTES = 60;
const ENC_BYTES = 32;

const P = 2n ** 255n - 19n;
/** The y coordinates of the eight Ed25519 points whose order divides 8. */
const SMALL_ED_Y: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P - 1n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
]);
/** The u coordinates of the X25519 points of small order, on the curve and on its twist. */
const SMALL_X_U: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  P - 1n,
  0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0n,
  0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5fn,
]);

/** What stands before the 32 secret bytes of a pair in PKCS #8, the one form in which WebCrypto takes them. */
const PKCS8 = {
  Ed25519: join(
    Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20),
  ),
  X25519: join(
    Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20),
  ),
};

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** A wrap or a previous-key box does not open, or opens to a key that is not the committed one. */
export class KeyFails extends Error {
  override readonly name = 'KeyFails';
}

/** A device's Ed25519 pair. Printing it shows nothing, and the private half cannot be exported. */
export class SigningKey {
  readonly #key: CryptoKey;
  readonly public: Bytes;

  private constructor(key: CryptoKey, publicKey: Bytes) {
    this.#key = key;
    this.public = publicKey;
  }

  /** Returns the pair that 32 secret bytes make. */
  static async from(seed: Seed): Promise<SigningKey> {
    const [key, publicKey] = await pairOf('Ed25519', seed, ['sign']);
    return new SigningKey(key, publicKey);
  }

  /** Returns the 64-byte signature; the caller has put its label in front of the message. */
  async sign(message: Bytes): Promise<Bytes> {
    return new Uint8Array(await crypto.subtle.sign('Ed25519', this.#key, message));
  }
}

/** A device's X25519 pair. Printing it shows nothing, and the private half cannot be exported. */
export class BoxKey {
  readonly #key: CryptoKey;
  readonly public: Bytes;

  private constructor(key: CryptoKey, publicKey: Bytes) {
    this.#key = key;
    this.public = publicKey;
  }

  /** Returns the pair that 32 secret bytes make. */
  static async from(seed: Seed): Promise<BoxKey> {
    const [, publicKey] = await pairOf('X25519', seed, ['deriveBits']);
    return new BoxKey(
      await suite.kem.importKey('raw', seed.reveal().slice().buffer, false),
      publicKey,
    );
  }

  /** Returns what was sealed to this key. Throws KeyFails. */
  async open(sealed: Bytes, info: Bytes): Promise<Bytes> {
    const enc = sealed.slice(0, ENC_BYTES);
    try {
      const recipient = { recipientKey: this.#key, enc, info };
      return new Uint8Array(await suite.open(recipient, sealed.slice(ENC_BYTES)));
    } catch (error) {
      if (error instanceof HpkeError) throw new KeyFails('The wrap does not open.');
      throw error;
    }
  }
}

type Pair = 'Ed25519' | 'X25519';

/** Returns the private half, which cannot be exported, and the public half, which only an exportable copy tells. */
async function pairOf(name: Pair, seed: Seed, uses: KeyUsage[]): Promise<[CryptoKey, Bytes]> {
  const encoded = join(PKCS8[name], seed.reveal());
  const { x = '' } = await crypto.subtle.exportKey(
    'jwk',
    await crypto.subtle.importKey('pkcs8', encoded, name, true, uses),
  );
  const publicKey = Uint8Array.from(atob(x.replace(/-/g, '+').replace(/_/g, '/')), (char) =>
    char.charCodeAt(0),
  );
  return [await crypto.subtle.importKey('pkcs8', encoded, name, false, uses), publicKey];
}

/** Returns the id of the device that signs with this key. */
export function deviceId(edPk: Uint8Array): DeviceId {
  return idOf(hash(ascii('esc1/device\0'), edPk).subarray(0, ID_BYTES));
}

/** Tells whether the Ed25519 signature is this key's; a key or signature of another length is not. */
export async function verifies(edPk: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', edPk, 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, signature, message);
  } catch (error) {
    if ((error as Error).name === 'DataError') return false;
    throw error;
  }
}

/** Tells whether an Ed25519 public key has 32 bytes and is not of small order. */
export function isSoundEdPk(edPk: Uint8Array): boolean {
  return edPk.length === 32 && !SMALL_ED_Y.has(coordinate(edPk));
}

/** Tells whether an X25519 public key has 32 bytes and is not of small order. */
export function isSoundXPk(xPk: Uint8Array): boolean {
  return xPk.length === 32 && !SMALL_X_U.has(coordinate(xPk));
}

function coordinate(publicKey: Uint8Array): bigint {
  const number = BigInt(`0x${toHex(publicKey.toReversed())}`);
  return (number & (2n ** 255n - 1n)) % P;
}

/** Returns the key of an entity's ops in one epoch; `secret` is null for its genesis op only. */
export async function opKey(
  epochKey: EpochKey,
  secret: EntitySecret | null,
  space: SpaceId,
  entity: EntityId,
  epoch: number,
): Promise<OpKey> {
  const info = join(ascii('esc1/key\0'), bytesOf(space), bytesOf(entity), u32(epoch));
  return new OpKey(await hkdf(epochKey, secret === null ? ZERO32 : secret.reveal(), info));
}

/** Returns the public commitment to an epoch's key, against which every copy is checked. */
export function commit(space: SpaceId, n: number, epochKey: EpochKey): Digest {
  return idOf(hash(ascii('esc1/commit\0'), bytesOf(space), u32(n), epochKey.reveal()));
}

/** One generation of a space's key, as the log names it: its number and the commitment to its key. */
export type Epoch = { readonly space: SpaceId; readonly n: number; readonly commitment: Digest };

/** Returns the HPKE info that binds a wrap to its space, epoch, device and committed key. */
export function wrapInfo(epoch: Epoch, device: DeviceId): Bytes {
  const { space, n, commitment } = epoch;
  return join(ascii('esc1/wrap\0'), bytesOf(space), u32(n), bytesOf(device), bytesOf(commitment));
}

/** Returns the epoch key wrapped for a device (80 bytes). HPKE draws its own ephemeral key: no two are alike. */
export async function wrap(
  epochKey: EpochKey,
  xPk: Bytes,
  epoch: Epoch,
  device: DeviceId,
): Promise<Bytes> {
  const recipientPublicKey = await suite.kem.importKey('raw', xPk.slice().buffer, true);
  const sender = { recipientPublicKey, info: wrapInfo(epoch, device) };
  const { enc, ct } = await suite.seal(sender, epochKey.reveal());
  return join(new Uint8Array(enc), new Uint8Array(ct));
}

/** Returns the epoch key of a wrap. Throws KeyFails if it does not open or is not the committed key. */
export async function unwrap(
  wrapped: Bytes,
  box: BoxKey,
  epoch: Epoch,
  device: DeviceId,
): Promise<EpochKey> {
  return committed(await box.open(wrapped, wrapInfo(epoch, device)), epoch);
}

/** Returns EK_{n-1} sealed under EK_n (60 bytes), so that a newer key opens the older ones; nonce is random. */
export async function sealPrev(
  epochKey: EpochKey,
  previous: EpochKey,
  nonce: Bytes,
  space: SpaceId,
  n: number,
): Promise<Bytes> {
  const label = prevLabel(space, n);
  const key = await prevKey(epochKey, label, 'encrypt');
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: label };
  return join(
    nonce,
    new Uint8Array(await crypto.subtle.encrypt(algorithm, key, previous.reveal())),
  );
}

/** Returns the key of epoch `previous` from the box of the one after it. Throws KeyFails. */
export async function openPrev(box: Bytes, epochKey: EpochKey, previous: Epoch): Promise<EpochKey> {
  const label = prevLabel(previous.space, previous.n + 1);
  const key = await prevKey(epochKey, label, 'decrypt');
  const algorithm = { name: 'AES-GCM', iv: box.slice(0, NONCE_BYTES), additionalData: label };
  try {
    const opened = await crypto.subtle.decrypt(algorithm, key, box.slice(NONCE_BYTES));
    return committed(new Uint8Array(opened), previous);
  } catch (error) {
    if (error instanceof KeyFails || (error as Error).name !== 'OperationError') throw error;
    throw new KeyFails('The box of the previous key does not open.');
  }
}

/** Returns what a device signs to get a token: origin is `https://host[:port]` as dialled. */
export function authMessage(origin: string, nonce: Bytes, exp_ms: number): Bytes {
  return join(ascii('esc1/auth\0'), hash(new TextEncoder().encode(origin)), nonce, u64(exp_ms));
}

function committed(key: Bytes, epoch: Epoch): EpochKey {
  if (key.length === SECRET_BYTES) {
    const epochKey = new EpochKey(key);
    if (commit(epoch.space, epoch.n, epochKey) === epoch.commitment) return epochKey;
  }
  throw new KeyFails('The key is not the one its epoch committed to.');
}

function prevLabel(space: SpaceId, n: number): Bytes {
  return join(ascii('esc1/prev\0'), bytesOf(space), u32(n));
}

async function prevKey(
  epochKey: EpochKey,
  label: Bytes,
  use: 'encrypt' | 'decrypt',
): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', await hkdf(epochKey, ZERO32, label), 'AES-GCM', false, [
    use,
  ]);
}

/** What other keys and nonces are derived from. */
type Derivable = EpochKey | OpKey | RecoverySeed | Seed;

/** Returns 32 bytes of HKDF-SHA256; info begins with a label of the protocol. */
export async function hkdf(key: Derivable, salt: Bytes, info: Bytes): Promise<Bytes> {
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, await hkdfKey(key), 256));
}

/** Imported once for each epoch: the keys of thousands of entities are derived from one. */
const hkdfKeys = new WeakMap<Derivable, Promise<CryptoKey>>();

function hkdfKey(key: Derivable): Promise<CryptoKey> {
  const known = hkdfKeys.get(key);
  if (known) return known;
  const imported = crypto.subtle.importKey('raw', key.reveal(), 'HKDF', false, ['deriveBits']);
  hkdfKeys.set(key, imported);
  return imported;
}
