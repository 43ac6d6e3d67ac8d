/** What a worker does with a referral, as the ops that it means. */
import { fromHex } from '../engine/bytes.ts';
import type { EntityId } from '../engine/ids.ts';
import type { Fact } from '../engine/op.ts';
import type { Intent } from '../engine/writer.ts';
import catalogue from '../domain/catalogue.json' with { type: 'json' };
import type { Consent, Need } from '../domain/catalogue.types.ts';
import { personIntents } from './consents.ts';
import { firstRecord } from './persons.ts';
import type { Calls } from './protocol.ts';
import { type Scene, say } from './scene.ts';
import { randomId } from './server.ts';

const HOUR_MS = 3_600_000;
const CLAIM_MS = 10 * 60_000;

type Named<T> = Record<string, T>;

type Referral = {
  readonly structure: string;
  readonly needs: readonly Need[];
  readonly consent: Consent;
};

/** The consent is the person's; the referral outlives an erasure with codes and a random id only. */
export function referralIntents(
  scene: Scene,
  person: EntityId,
  { structure, needs, consent }: Referral,
): Intent[] {
  const entity = randomId<EntityId>();
  const facts = { person: fromHex(person), structure: fromHex(structure), mode: 'live' };
  const fields = Object.fromEntries(needs.map((need) => [`needs/${need}`, true]));
  return [
    ...personIntents(scene, person, { facts: {}, fields: { consent_sharing: consent } }),
    { intent: 'genesis', entity, kind: 'referral', facts, fields },
    { intent: 'row', entity, kind: 'referral_move', facts: sendFacts(scene, structure) },
  ];
}

/** The deadlines are frozen when it is sent, from the structure's own hours. */
function sendFacts({ reading, now }: Scene, structure: string): Named<Fact> {
  const line = reading.directory.structure.find(({ id }) => id === structure);
  const facts: Named<Fact> = { move: 'send', expect: 'draft' };
  for (const name of ['acknowledge', 'decide', 'start', 'feedback'] as const) {
    const hours = line?.[`${name}_h`];
    if (typeof hours === 'number') facts[`${name}_until`] = now + hours * HOUR_MS;
  }
  return facts;
}

export async function createReferral(
  scene: Scene,
  ask: Calls['referral.create']['ask'],
): Promise<{ id: string }> {
  const intents = referralIntents(scene, firstRecord(scene.reading, ask.person), ask);
  await say(scene, intents);
  return { id: intents.find(({ kind }) => kind === 'referral')?.entity ?? '' };
}

export async function moveReferral(
  scene: Scene,
  ask: Calls['referral.move']['ask'],
): Promise<null> {
  const facts: Named<Fact> = { move: ask.move, expect: expected(scene, ask.id) };
  const { worker } = scene.session;
  if (ask.move === 'claim') {
    facts['until'] = scene.now + CLAIM_MS;
    if (worker) facts['worker'] = fromHex(worker);
  }
  if (ask.move === 'decline_provider') {
    facts['declined'] = ask.reason === 'at_capacity' ? 'at_capacity' : 'other';
  }
  const fields = ask.reason === null ? {} : { reason: ask.reason };
  const entity = ask.id as EntityId;
  await say(scene, [{ intent: 'row', entity, kind: 'referral_move', facts, fields }]);
  return null;
}

/** The state that this screen showed: if it has moved on meanwhile, the move stays pending. */
function expected({ session }: Scene, id: string): string {
  const { states } = session.replica.rulings;
  const ruled = [...states].find(([object]) => object.split('/')[1] === id);
  return ruled?.[1].state ?? catalogue.kinds.referral_move.first_state;
}
