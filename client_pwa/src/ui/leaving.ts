/** Leaving the active list and coming back to it, as the edit that it is. */
import type { Day, Id, LeftReason } from '../domain/catalogue.types.ts';
import type { Edit } from '../worker/protocol.ts';

export function setLeft(
  entity: Id,
  left: { readonly day: Day; readonly reason: LeftReason } | null,
): Edit {
  return {
    entity,
    kind: 'person',
    facts: { left: left?.day ?? null },
    fields: { left_reason: left?.reason ?? null },
  };
}
