/**
 * The push as one who is handed it judges it, before any state is read: by its bytes, its key and the registry.
 *
 * The same pushes fail here and with the server; it says which check failed, and here nobody asks.
 */
import { ControlFault, decodeBody } from './control.ts';
import { NotCanonical } from './codec.ts';
import { type HeaderBytes, type OpId, type Sealed, type SpaceId } from './ids.ts';
import { HEADER_BYTES_MAX, PUSH_BYTES_MAX, PUSH_OPS_MAX, SEALED_BYTES_MAX } from './limits.ts';
import { decodeHeader, type Header, HeaderFault, isControlKind, OpClass, opId } from './op.ts';
import { type Registry } from './registry.ts';
import { chain, decodePush, decodeSegment, isSigned, type Push, type Segment } from './segment.ts';

/** One op of a push: its decoded header, its bytes as received, and its name. */
export type SentOp = {
  readonly opId: OpId;
  readonly header: Header;
  readonly headerBytes: HeaderBytes;
  readonly sealed: Sealed;
};

/** A push whose bytes are sound; `isSound` does the checks that need the device's key and the registry. */
export type ReadPush = {
  readonly segment: Segment;
  readonly ops: readonly SentOp[];
  readonly isSound: (edPk: Push['sig'], registry: Registry) => Promise<boolean>;
};

/** Decodes a push for a space and checks all that needs neither a key nor the registry; null if a check fails. */
export function readPush(data: Uint8Array, space: SpaceId): ReadPush | null {
  try {
    return data.length > PUSH_BYTES_MAX ? null : read(decodePush(data), space);
  } catch (error) {
    if (error instanceof NotCanonical || error instanceof HeaderFault) return null;
    throw error;
  }
}

function read({ seg, sig, ops: pairs }: Push, space: SpaceId): ReadPush | null {
  const segment = decodeSegment(seg);
  if (pairs.length > PUSH_OPS_MAX || pairs.some(isTooLarge)) return null;
  if (segment.n !== pairs.length || segment.space !== space) return null;
  const ops = pairs.map(([headerBytes, sealed]) => {
    const header = decodeHeader(headerBytes);
    return { opId: opId(header.entity, headerBytes, sealed), header, headerBytes, sealed };
  });
  const isOwn = ops.every(
    ({ header }) => header.device === segment.device && header.space === segment.space,
  );
  const names = ops.map((op) => op.opId);
  const head = chain(segment.prevHead, names).at(-1) ?? segment.prevHead;
  if (!isOwn || new Set(names).size !== names.length || segment.head !== head) return null;
  const isSound = async (edPk: Push['sig'], registry: Registry) =>
    (await isSigned(edPk, seg, sig)) && ops.every((op) => isRegistered(op, registry));
  return { segment, ops, isSound };
}

function isTooLarge([header, sealed]: Push['ops'][number]): boolean {
  return header.length > HEADER_BYTES_MAX || sealed.length > SEALED_BYTES_MAX;
}

function isRegistered({ header, sealed }: SentOp, registry: Registry): boolean {
  if (!registry.admits(header) || registry.factFault(header) !== null) return false;
  if (header.opClass !== OpClass.CONTROL) return true;
  try {
    return isControlKind(header.kind) && Boolean(decodeBody(header.kind, sealed, header.space));
  } catch (error) {
    if (error instanceof ControlFault) return false;
    throw error;
  }
}
