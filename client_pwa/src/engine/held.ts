/** The ops of an outbox that are not for a segment yet: a server would refuse them, having lost what they stand on. */
import { toHex } from './bytes.ts';
import { decodeBody } from './control.ts';
import { type OpId } from './ids.ts';
import { type Keyring } from './keyring.ts';
import { type LogView } from './logview.ts';
import { OpClass, rowName } from './op.ts';
import { type Outbox, type OutOp } from './outbox.ts';
import { namesIn, type Payload } from './payload.ts';

type Payloads = ReadonlyMap<OpId, Payload>;

/**
 * Returns the ops of the outbox that wait; `payloads` is what each of them opened to.
 *
 * Their epoch is not in the log, or the row that they amend is not; or they must be sealed again first. So does
 * whatever names one of them.
 */
export async function held(
  view: LogView,
  outbox: Outbox,
  keyring: Keyring,
  payloads: Payloads,
): Promise<Set<OpId>> {
  let { epoch } = view.members;
  // A new epoch of this device's own seals nothing yet.
  let opened = epoch;
  const found = new Set<OpId>();
  for (const [name, op] of outbox.ops) {
    const { header, headerBytes, sealed, state } = op;
    const isControl = header.opClass === OpClass.CONTROL;
    if (header.epoch > (isControl ? epoch : opened)) found.add(name);
    else if (isControl) {
      const isNext = header.kind === 'epoch' && header.epoch === epoch && state !== 'aside';
      if (!isNext || view.firstEntries.has(name)) continue;
      epoch += 1;
      if (isWrittenUnder(op, keyring)) opened += 1;
    } else if (
      isOrphan(header.re, found, view, outbox) ||
      restsOn(op, found, payloads) ||
      (await keyring.isBehind(header, headerBytes, sealed))
    ) {
      found.add(name);
    }
  }
  return found;
}

/** Tells whether an op names one that waits: which may get another name, and must not come after it. */
function restsOn({ opId, header }: OutOp, found: ReadonlySet<OpId>, payloads: Payloads): boolean {
  const payload = found.size > 0 ? payloads.get(opId) : undefined;
  const names = new Set<string>([...found].flatMap((name) => [name, toHex(rowName(name))]));
  return payload !== undefined && namesIn(header, payload).some((name) => names.has(name));
}

/** Tells whether an epoch op that waits is a founder's, or one that the log had: ops were sealed under it. */
function isWrittenUnder({ sealed }: OutOp, { space, lost }: Keyring): boolean {
  const body = decodeBody('epoch', sealed, space);
  return body.kind === 'epoch' && (body.n === 1 || lost.has(body));
}

function isOrphan(
  row: OpId | null,
  found: ReadonlySet<OpId>,
  { firstEntries }: LogView,
  outbox: Outbox,
): boolean {
  if (row === null || firstEntries.has(row)) return false;
  return !outbox.ops.has(row) || found.has(row);
}
