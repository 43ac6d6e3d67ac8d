/**
 * Rows that say again what another row stands for already: they are kept, and not counted.
 *
 * What a retired device could not send is written again by an administrator's device. Two administrators may do so from
 * the same copy without knowing of each other. The fact `salvages` of a row names the one that it stands for; of all
 * that name the same, and of the named one itself, one counts.
 */
import { toHex } from './bytes.ts';
import { type OpId } from './ids.ts';
import { type FoldOp } from './liveness.ts';
import { OpClass, rowName } from './op.ts';
import { SALVAGES } from './registry.ts';

/**
 * Returns those rows among the ops of one entity for which another one of their kind stands.
 *
 * That is the row that they salvage, if it is there; else the one that the log had first: by the server time of its
 * segment, then by its name. Unsent rows come last.
 */
export function repeats(ops: Iterable<FoldOp>): Set<OpId> {
  const rows = Array.from(ops).filter(({ header }) => header.opClass === OpClass.ROW);
  const byOriginal = new Map<string, FoldOp[]>();
  for (const op of rows) {
    const value = op.header.facts.find(([name]) => name === SALVAGES)?.[1];
    if (!(value instanceof Uint8Array)) continue;
    const original = `${op.header.kind}/${toHex(value)}`;
    byOriginal.set(original, [...(byOriginal.get(original) ?? []), op]);
  }
  if (byOriginal.size === 0) return new Set();
  const originals = new Set(
    rows.map(({ opId, header }) => `${header.kind}/${toHex(rowName(opId))}`),
  );
  const repeated = new Set<OpId>();
  for (const [original, found] of byOriginal) {
    const others = originals.has(original) ? found : found.toSorted(firstInLog).slice(1);
    for (const { opId } of others) repeated.add(opId);
  }
  return repeated;
}

function firstInLog(a: FoldOp, b: FoldOp): number {
  const [at, other] = [a.server_ms ?? Infinity, b.server_ms ?? Infinity];
  return at === other ? (a.opId < b.opId ? -1 : 1) : at - other;
}
