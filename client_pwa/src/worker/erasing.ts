/**
 * Erasing a person: what was said to be one person is erased together, in the health file as well.
 *
 * It takes effect when it stands in the log. Until then nothing is written of them on this device any more. It cannot be
 * taken back: the device signs what it is to send at once, with or without a network.
 */
import { membersAhead } from '../engine/ahead.ts';
import { decodeBody, ROLE_ERASE } from '../engine/control.ts';
import type { EntityId, OpId } from '../engine/ids.ts';
import { may } from '../engine/members.ts';
import { OpClass } from '../engine/op.ts';
import type { OutOp } from '../engine/outbox.ts';
import type { Replica } from '../engine/replica.ts';
import { type Moment, writeErasure } from '../engine/writer.ts';
import type { Scene } from './scene.ts';
import { CallProblem } from './protocol.ts';
import { randomBytes } from './server.ts';
import { recordsOf } from './views/persons.ts';

/** An erasure that is not in the log yet; what a refusal has set aside for good is none. */
export type AskedErasure = { readonly op: OutOp; readonly entities: readonly EntityId[] };

export function askedErasures({ outbox, reader, space }: Replica): AskedErasure[] {
  return [...outbox.ops.values()].flatMap((op) => {
    const { header, sealed, state, opId } = op;
    const isErasure = header.opClass === OpClass.CONTROL && header.kind === 'erase';
    const isDone = reader.view.firstEntries.has(opId);
    if (!isErasure || state === 'aside' || isDone) return [];
    const body = decodeBody('erase', sealed, space);
    return body.kind === 'erase' ? [{ op, entities: body.entities }] : [];
  });
}

/** Tells whether this device may erase in a space, or will once what it has said there is in the log. */
export function mayErase(replica: Replica): boolean {
  const own = membersAhead(replica).byDevice.get(replica.identity.device);
  return own !== undefined && may(own, ROLE_ERASE);
}

/** Throws CallProblem if one of some entities was erased. */
export function refuseErased(replica: Replica, entities: readonly EntityId[]): void {
  if (entities.some((entity) => replica.isErased(entity))) throw new CallProblem('erased');
}

/** Throws CallProblem if one of some entities was erased, or is to be: nothing is written of it any more. */
export function refuseErasing(replica: Replica, entities: readonly EntityId[]): void {
  refuseErased(replica, entities);
  const asked = new Set(askedErasures(replica).flatMap((one) => one.entities));
  if (entities.some((entity) => asked.has(entity))) throw new CallProblem('erasing');
}

/** `ids` are the records that the worker was shown as one person: others among them by now are not erased unseen. */
export function erasePerson(scene: Scene, { ids }: { ids: readonly string[] }): Promise<null> {
  const { session, health, reading, now } = scene;
  const [first = ''] = ids;
  const records = recordsOf(reading, first).map(({ entity }) => entity);
  if (records.length === 0) throw new CallProblem('not_found');
  const isShown = records.length === ids.length && records.every((one) => ids.includes(one));
  if (!isShown || !mayErase(session.replica)) throw new CallProblem('refused');
  const moment = { local_ms: now, at_ms: now, random: randomBytes };
  for (const { replica } of [session, health].filter((one) => one !== null)) {
    sayErased(replica, records, moment);
  }
  return Promise.resolve(null);
}

/**
 * Erases in the health file what the association has erased, where this device may; tells whether there was anything.
 *
 * Whoever has asked for it there may have had no place in the health file yet.
 */
export function eraseToo(health: Replica, first: Replica, moment: Moment): boolean {
  const erased = [...first.reader.view.erased.own().keys()];
  return mayErase(health) && sayErased(health, erased, moment).length > 0;
}

/** What is erased or was asked for already is said once. */
function sayErased(replica: Replica, entities: readonly EntityId[], moment: Moment): OpId[] {
  if (!mayErase(replica)) return [];
  const asked = new Set(askedErasures(replica).flatMap((one) => one.entities));
  return writeErasure(
    replica,
    entities.filter((entity) => !asked.has(entity)),
    moment,
  );
}
