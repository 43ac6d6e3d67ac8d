/** Two tablets of one association that hear nothing of each other until they meet. */
import type { Calls, Values } from '../../src/worker/protocol.ts';
import { Association, type Tablet } from './kit.ts';

export type Pair = {
  readonly association: Association;
  readonly awa: Tablet;
  readonly ines: Tablet;
};

export async function pair(): Promise<Pair> {
  const association = await Association.found();
  const [awa, ines] = [await association.tablet('Awa'), await association.tablet('Ines')];
  association.server.fault = () => 'down';
  return { association, awa, ines };
}

/** They send, in this order, and each has what the other wrote; then the line is down again. */
export async function meet(
  { association }: Pick<Pair, 'association'>,
  ...tablets: readonly Tablet[]
): Promise<void> {
  association.server.fault = () => null;
  for (const tablet of [...tablets, ...tablets]) await tablet.sync();
  association.server.fault = () => 'down';
}

/** Lets a minute go by on some tablets. */
export function later(...tablets: readonly Tablet[]): void {
  const now = Math.max(...tablets.map(({ now_ms }) => now_ms)) + 60_000;
  for (const tablet of tablets) tablet.now_ms = now;
}

export async function create(tablet: Tablet, alias: string): Promise<string> {
  return (await tablet.call('person.create', { alias })).id;
}

export async function edit(
  tablet: Tablet,
  entity: string,
  fields: Values,
  facts: Values = {},
): Promise<void> {
  await tablet.call('entity.edit', { entity, kind: 'person', facts, fields });
}

export function record(tablet: Tablet, id: string): Promise<Calls['view.person']['answer']> {
  return tablet.call('view.person', { id });
}

export async function namesFound(tablet: Tablet, query = ''): Promise<string[]> {
  const { people, alike } = await tablet.call('view.people', { query });
  return [...people, ...alike].map(({ name }) => name);
}
