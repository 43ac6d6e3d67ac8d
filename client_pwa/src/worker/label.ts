/** What a locked tablet may show, as the bytes that are kept sealed under the browser's own key. */
import type { Bytes } from '../engine/bytes.ts';
import { decode, encode, type Value } from '../engine/codec.ts';
import type { LockLabel } from './protocol.ts';

export type Label = Omit<LockLabel, 'retryAt'>;

export function encodeLabel({ name, profession, unsent, draft, patrol, retired }: Label): Bytes {
  const round = [patrol?.zone ?? null, patrol?.since ?? null] as const;
  return encode([name, profession, unsent, draft, ...round, retired]);
}

/** Returns what was kept, or an empty label if nothing was. */
export function decodeLabel(bytes: Bytes | null): Label {
  const value: Value = bytes === null ? [] : decode(bytes);
  const [name, profession, waiting, draft, zone, since, retired] = Array.isArray(value)
    ? (value as Value[])
    : [];
  return {
    name: typeof name === 'string' ? name : '',
    profession: (profession ?? null) as LockLabel['profession'],
    unsent: typeof waiting === 'number' ? waiting : 0,
    draft: draft === true,
    retired: retired === true,
    patrol: typeof zone === 'string' && typeof since === 'number' ? { zone, since } : null,
  };
}
