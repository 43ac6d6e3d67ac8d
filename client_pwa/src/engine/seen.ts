/** The rows of a page by name: each op_id computed from what the page holds of the op, before anything is judged. */
import { hash } from './bytes.ts';
import { IntegrityFailure } from './errors.ts';
import { type Digest, type EntityId, type HeaderBytes, idOf, type OpId } from './ids.ts';
import { orNull, require } from './integrity.ts';
import { isKillable } from './liveness.ts';
import { type DeadRow, type ErasedRow, type IdRow, type OpRow, type Row } from './log.ts';
import { type LogView } from './logview.ts';
import { decodeHeader, entityOf, type Header, HeaderFault, opIdOfHashes } from './op.ts';

/** A row whose name is known, before it is judged. */
export type Named = {
  readonly opId: OpId;
  readonly entity: EntityId;
  readonly header: Header | null;
  readonly row: OpRow | DeadRow | ErasedRow;
};

/** A row of form 0 has nothing but its name. */
export type Seen = Named | { readonly opId: OpId; readonly row: IdRow };

/** Returns a row with its name, and notes a stub that waits for its proof. */
export function see(view: LogView, row: Row): Seen {
  switch (row.form) {
    case 0:
      return { opId: row.opId, row };
    case 1:
      return named(view, row, row.header, idOf(hash(row.sealed)));
    case 2: {
      const seen = named(view, row, row.header, row.sealedHash);
      require(seen.header !== null && isKillable(seen.header), 'stub', view);
      view.stubs.set(seen.opId, seen.entity);
      return seen;
    }
    case 3: {
      const entity: string = row.entity;
      require(entity !== view.members.space, 'stub', view);
      const opId = opIdOfHashes(row.entity, row.headerHash, row.sealedHash);
      view.stubs.set(opId, row.entity);
      return { opId, entity: row.entity, header: null, row };
    }
  }
}

function named(
  view: LogView,
  row: OpRow | DeadRow,
  headerBytes: HeaderBytes,
  sealedHash: Digest,
): Named {
  const header = orNull(HeaderFault, () => decodeHeader(headerBytes));
  const entity = header === null ? entityOf(headerBytes) : header.entity;
  if (entity === null) throw new IntegrityFailure('entity', view.cursor);
  const opId = opIdOfHashes(entity, idOf(hash(headerBytes)), sealedHash);
  return { opId, entity, header, row };
}

/** Tells whether more is known of a row than its name. */
export function isNamed(seen: Seen): seen is Named {
  return seen.row.form !== 0;
}
