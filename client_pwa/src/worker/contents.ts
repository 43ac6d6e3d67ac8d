/** What a vault holds, and what a space beside the first one is opened with. */
import { ascii, type Bytes, join } from '../engine/bytes.ts';
import { decode, encode, type Value } from '../engine/codec.ts';
import { bytesOf, type Digest, idOf, type OpId, type SpaceId, ZERO32 } from '../engine/ids.ts';
import { Identity } from '../engine/keyring.ts';
import { BoxKey, hkdf, SigningKey } from '../engine/keys.ts';
import { Seed } from '../engine/secret.ts';
import type { Start } from '../engine/start.ts';

/** What a vault holds: the seeds of the device's two pairs, the key of the store, and which log is its own. */
export type Contents = {
  readonly signing: Bytes;
  readonly box: Bytes;
  readonly store: Bytes;
  readonly space: SpaceId;
  readonly root: OpId;
  readonly origin: string;
  /** The checkpoint at which it begins, as it was scanned; null for the first op. */
  readonly start: Pick<Start, 'cursor' | 'checkpoint'> | null;
};

export function encodeContents(contents: Contents): Bytes {
  const { signing, box, store, space, root, origin, start } = contents;
  const log = [bytesOf(space), bytesOf(root), origin];
  return encode([
    2,
    signing,
    box,
    store,
    ...log,
    start?.cursor ?? 0,
    start && bytesOf(start.checkpoint),
  ]);
}

/** Version 1 had no checkpoint: those devices read from the first op. */
export function decodeContents(data: Bytes): Contents {
  const [, signing, box, store, space, root, origin, cursor = 0, checkpoint = null] = decode(
    data,
  ) as readonly Value[];
  return {
    signing: signing as Bytes,
    box: box as Bytes,
    store: store as Bytes,
    space: idOf(space as Bytes),
    root: idOf(root as Bytes),
    origin: origin as string,
    start:
      checkpoint === null
        ? null
        : { cursor: cursor as number, checkpoint: idOf<Digest>(checkpoint as Bytes) },
  };
}

export async function identityOf(signing: Bytes, box: Bytes): Promise<Identity> {
  return new Identity(await SigningKey.from(new Seed(signing)), await BoxKey.from(new Seed(box)));
}

/**
 * Returns the contents of another space of the same device. The vault holds nothing of it:
 *
 * ```
 * key of its shelf = HKDF(box seed, zero32, "esc1/store-of\0" || space)
 * ```
 */
export async function contentsOf(first: Contents, space: SpaceId, root: OpId): Promise<Contents> {
  const info = join(ascii('esc1/store-of\0'), bytesOf(space));
  const store = await hkdf(new Seed(first.box), ZERO32, info);
  return { ...first, store, space, root, start: null };
}
