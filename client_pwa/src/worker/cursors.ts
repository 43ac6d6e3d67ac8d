/** How far each member of a space has come in its log, as the server answers it: `[[device, cursor]…]`. */
import type { Bytes } from '../engine/bytes.ts';
import { Codec, count, id, list, pair } from '../engine/codec.ts';
import type { DeviceId } from '../engine/ids.ts';
import { MEMBERS_MAX } from '../engine/limits.ts';

/** The cursor up to which each member that is not revoked has said that it has applied a log. */
export type Cursors = readonly (readonly [DeviceId, number])[];

export const cursors = list(pair(id<DeviceId>(), count), MEMBERS_MAX);
const codec = new Codec<Cursors>(cursors);

/** Throws NotCanonical. */
export function decodeCursors(data: Bytes): Cursors {
  return codec.decode(data);
}
