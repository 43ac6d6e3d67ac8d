/**
 * Where the health file is: an entity of the association's log, whose id is that of the health space.
 *
 * Only what an administrator's device began counts, and of several the first one in the log. What it said then is read,
 * and never what the entity shows: an edit by somebody else must not lead anybody into another space.
 */
import { ROLE_ADMIN } from '../../engine/control.ts';
import { bytesOf, type EntityId, idOf, isHex, type OpId, type SpaceId } from '../../engine/ids.ts';
import { fromHex } from '../../engine/bytes.ts';
import { may } from '../../engine/members.ts';
import { type Header, OpClass } from '../../engine/op.ts';
import { membersBefore } from '../../engine/past.ts';
import type { Replica } from '../../engine/replica.ts';
import type { Genesis } from '../../engine/writer.ts';
import type { Folds } from '../views/folds.ts';

const KIND = 'health_space';
const ROOT_BYTES = 32;

/** `isLogged`: it stands in the log, or did before the server lost its end. */
export type Pointer = { readonly space: SpaceId; readonly root: OpId; readonly isLogged: boolean };

/** What opens a health space to all who are to find it. */
export function pointerIntent(space: SpaceId, root: OpId): Genesis {
  const entity = idOf<EntityId>(bytesOf(space));
  return { intent: 'genesis', entity, kind: KIND, fields: { root } };
}

/** Returns where the health file is, or null if nobody has opened one. */
export function pointerIn(folds: Folds): Pointer | null {
  const found = folds.entities(KIND).flatMap(({ entity }) => begunAs(folds.replica, entity));
  found.sort((a, b) => a.place - b.place);
  return found[0]?.pointer ?? null;
}

/** The log comes first; then what a restored server has lost of it; then what this device has just said. */
type Begun = { readonly place: number; readonly pointer: Pointer };

function begunAs(replica: Replica, entity: EntityId): Begun[] {
  const { entries, lost, outbox, identity, reader } = replica;
  const { cursor: end } = reader.view;
  const begins = ({ header }: { readonly header: Header }): boolean =>
    header.opClass === OpClass.GENESIS && header.kind === KIND && header.entity === entity;
  const logged = (entries.get(entity) ?? []).map((entry) => ({ entry, place: entry.cursor }));
  const gone = (lost.get(entity) ?? []).map((entry) => ({ entry, place: end + entry.cursor }));
  const isAdministrators = ({ header, cursor }: { header: Header; cursor: number }): boolean => {
    const author = membersBefore(replica, cursor).byDevice.get(header.device);
    return author !== undefined && may(author, ROLE_ADMIN);
  };
  const known = [...logged, ...gone]
    .filter(({ entry }) => begins(entry) && isAdministrators(entry))
    .map(({ entry, place }) => ({ opId: entry.opId, place, isLogged: true }));
  const waiting = [...outbox.ops.values()]
    .filter((op) => begins(op) && op.header.device === identity.device)
    .map(({ opId }) => ({ opId, place: Infinity, isLogged: false }));
  return [...known, ...waiting].flatMap(({ opId, place, isLogged }) => {
    const root = rootIn(replica, opId);
    const space = idOf<SpaceId>(bytesOf(entity));
    return root === null ? [] : [{ place, pointer: { space, root, isLogged } }];
  });
}

function rootIn({ payloads }: Replica, opId: OpId): OpId | null {
  const root = payloads.get(opId)?.fields.find(({ name }) => name === 'root')?.value;
  if (typeof root !== 'string' || !isHex(root, ROOT_BYTES)) return null;
  return idOf<OpId>(fromHex(root));
}
