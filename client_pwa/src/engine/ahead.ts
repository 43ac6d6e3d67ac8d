/**
 * What is ahead of the log: the members as they will be once this device's own control ops stand in it.
 *
 * A control op is judged by the members and the epoch just before it. So the next one that this device
 * writes is made for the state after those that still wait in its outbox. The key of an epoch of its own
 * is known from its own wrap, and no record is sealed with it before the log has it: another's rotation
 * may win.
 */
import { type Body, decodeBody } from './control.ts';
import { unwrap } from './keys.ts';
import { type Members } from './members.ts';
import { isControlKind, OpClass } from './op.ts';
import { type Replica } from './replica.ts';
import { type EpochKey } from './secret.ts';

/** The members then, and the epoch keys held then. */
export type Ahead = {
  readonly members: Members;
  readonly keys: ReadonlyMap<number, EpochKey>;
};

/** Returns the state in which the next control op of this device will be judged. */
export async function ahead(replica: Replica): Promise<Ahead> {
  const { box, device } = replica.identity;
  const members = membersAhead(replica);
  const keys = new Map(replica.keyring.epochKeys);
  for (const body of controlsAhead(replica)) {
    const wrapped =
      body.kind === 'epoch' ? body.wraps.find(([one]) => one === device)?.[1] : undefined;
    if (body.kind !== 'epoch' || box === null || wrapped === undefined) continue;
    const epoch = { space: replica.space, n: body.n, commitment: body.commit };
    keys.set(body.n, await unwrap(wrapped, box, epoch, device));
  }
  return { members, keys };
}

/** Returns the members then, for whoever needs no key. */
export function membersAhead(replica: Replica): Members {
  const { device } = replica.identity;
  return controlsAhead(replica).reduce(
    (members, body) => members.after(device, body),
    replica.reader.view.members,
  );
}

/** Those that will stand in the log: one for an epoch that is over has lost, and will be built again. */
function controlsAhead(replica: Replica): Body[] {
  let { epoch } = replica.reader.view.members;
  const timely: Body[] = [];
  for (const [of, body] of unsentControls(replica)) {
    if (of !== epoch) continue;
    timely.push(body);
    if (body.kind === 'epoch') epoch = body.n;
  }
  return timely;
}

/** Returns the control ops that wait for the log, each with the epoch it is for, in write order; not those set aside. */
export function unsentControls(replica: Replica): (readonly [number, Body])[] {
  const { firstEntries } = replica.reader.view;
  return [...replica.outbox.ops.values()].flatMap(({ opId, header, sealed, state }) => {
    const { kind, opClass, epoch } = header;
    const waits = opClass === OpClass.CONTROL && state !== 'aside' && !firstEntries.has(opId);
    if (!waits || !isControlKind(kind)) return [];
    return [[epoch, decodeBody(kind, sealed, replica.space)] as const];
  });
}
