/** What a worker does with a bag, and with a round from its opening to its end, as the ops that it means. */
import { fromHex } from '../engine/bytes.ts';
import { type EntityState, ownGroup } from '../engine/fold.ts';
import type { EntityId } from '../engine/ids.ts';
import type { Fact } from '../engine/op.ts';
import type { Intent } from '../engine/writer.ts';
import catalogue from '../domain/catalogue.json' with { type: 'json' };
import { CallProblem, type Calls, type ClosedRound, type ItemCounts } from './protocol.ts';
import { type Scene, say } from './scene.ts';
import { randomId } from './server.ts';
import { workerLine } from './views/encounters.ts';
import { closedBy } from './views/report.ts';
import { bagCarried, bagState, isCollected, itemsIn } from './views/stock.ts';
import type { Reading } from './views/reading.ts';

const QUARTER_MS = 900_000;
const COUNT_MAX = catalogue.kinds.stock_movement.plain.count.most;

type Facts = Record<string, Fact>;

export async function createBag(
  scene: Scene,
  ask: Calls['bag.create']['ask'],
): Promise<{ id: string }> {
  const entity = randomId<EntityId>();
  const name = ask.name.trim();
  if (name === '') throw new CallProblem('name_missing');
  await say(scene, [{ intent: 'genesis', entity, kind: 'bag', fields: { name } }]);
  return { id: entity };
}

export async function loadBag(
  scene: Scene,
  { bag, items }: Calls['bag.load']['ask'],
): Promise<null> {
  await say(scene, receipts(foundBag(scene.reading, bag), items));
  return null;
}

export async function openRound(
  scene: Scene,
  ask: Calls['patrol.open']['ask'],
): Promise<{ id: string }> {
  const entity = randomId<EntityId>();
  const bag = ask.bag === null ? null : foundBag(scene.reading, ask.bag);
  const facts: Facts = {
    zone: fromHex(ask.zone),
    type: ask.type,
    mode: ask.mode,
    slot: slotOf(new Date(scene.now)),
    start: quarterOf(scene.now),
  };
  if (bag !== null) facts['bag'] = fromHex(bag.entity);
  for (const id of ask.crew) {
    const { profession } = workerLine(scene.reading, id);
    const name = `crew_${profession ?? 'other'}`;
    facts[name] = Number(facts[name] ?? 0) + 1;
  }
  const crew = Object.fromEntries(ask.crew.map((id) => [`crew/${id}`, true]));
  const fields = { ...crew, ...textsOf({ route: ask.route }) };
  const loaded = receipts(bag, ask.loaded, { patrol: fromHex(entity) });
  await say(scene, [{ intent: 'genesis', entity, kind: 'patrol', facts, fields }, ...loaded]);
  return { id: entity };
}

export async function closeRound(scene: Scene, ask: Calls['patrol.close']['ask']): Promise<null> {
  const patrol = scene.reading.state(ask.id);
  if (patrol === null || ownGroup(patrol)?.kind !== 'patrol') throw new CallProblem('not_found');
  if (closedBy(patrol) !== null) throw new CallProblem('round_closed');
  const facts = { end: quarterOf(scene.now) };
  const fields = textsOf({ report: ask.report, handover: ask.handover });
  await say(scene, [
    { intent: 'edit', entity: patrol.entity, kind: 'patrol', facts, fields },
    ...countings(scene.reading, patrol, ask.counted),
  ]);
  return null;
}

function quarterOf(time: number): number {
  return Math.floor(time / QUARTER_MS) * QUARTER_MS;
}

function slotOf(time: Date): string {
  const hour = time.getHours();
  if (hour < 6 || hour >= 22) return 'night';
  if (hour < 12) return 'morning';
  return hour < 18 ? 'afternoon' : 'evening';
}

/** A text of which nothing was written is not said. */
function textsOf(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text.trim() !== ''));
}

function foundBag(reading: Reading, id: string): EntityState {
  const bag = bagState(reading, id);
  if (bag === null) throw new CallProblem('not_found');
  return bag;
}

/** What is put into a bag; without one, nothing is. */
function receipts(bag: EntityState | null, items: ItemCounts, named: Facts = {}): Intent[] {
  return Object.entries(items)
    .filter(([, count]) => count !== 0)
    .map(([item, count]) => movement(bag, { ...named, move: 'receipt', item, count }));
}

/**
 * What is counted in a round's bag, and before it what is lost by that.
 *
 * The loss is told by all that this device knows. Of a loss that no row can hold the count says the rest.
 */
function countings(
  reading: Reading,
  patrol: EntityState,
  counted: ClosedRound['counted'],
): Intent[] {
  if (new Set(counted.map(({ item }) => item)).size < counted.length) {
    throw new CallProblem('refused');
  }
  const id = bagCarried(reading, patrol);
  const bag = id === null ? null : bagState(reading, id);
  const expected = bag === null ? {} : itemsIn(reading, bag);
  return counted.flatMap(({ item, count, reason }) => {
    const named = { patrol: fromHex(patrol.entity), item };
    const missing = Math.min((expected[item] ?? 0) - count, COUNT_MAX);
    const why = reason === null ? {} : { loss_reason: reason };
    const loss = { ...named, ...why, move: 'loss', count: missing };
    return [
      ...(missing > 0 ? [movement(bag, loss)] : []),
      movement(bag, { ...named, move: 'count', count }),
    ];
  });
}

type Movement = Facts & { readonly item: string; readonly count: number };

/** A row of a bag. What is taken back used was never in one; what is no number would be written as none. */
function movement(bag: EntityState | null, facts: Movement): Intent {
  if (bag === null || isCollected(facts.item) || !Number.isInteger(facts.count)) {
    throw new CallProblem('refused');
  }
  return { intent: 'row', entity: bag.entity, kind: 'stock_movement', facts };
}
