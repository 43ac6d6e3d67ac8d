/** Reads lives of the simulator from standard input and answers, for each, what this engine shows otherwise. */
import { readFileSync } from 'node:fs';
import { toHex } from '../../src/engine/bytes.ts';
import { checkpointOf } from '../../src/engine/checkpoint.ts';
import { foldBytes } from '../../src/engine/fold.ts';
import type { Digest, SpaceId } from '../../src/engine/ids.ts';
import type { Registry } from '../../src/engine/registry.ts';
import type { Replica } from '../../src/engine/replica.ts';
import { rulingsBytes } from '../../src/engine/rulings.ts';
import { Start } from '../../src/engine/start.ts';
import { bytes } from '../vectors/checks.ts';
import { type Python, replicaOf, type Seeds } from '../vectors/python.ts';
import { registryOf } from '../vectors/registry.ts';

type Life = Seeds & {
  readonly registry: Python['registry'];
  /** The whole log: with the payloads of the dead, and as a server sends it. */
  readonly pages: readonly string[];
  /** What was live at a checkpoint, its proof, and the log from there on. */
  readonly start: {
    readonly cursor: number;
    readonly checkpoint: string;
    readonly page: string;
    readonly proof: string;
    readonly rest: string;
  };
  readonly states: readonly string[];
  readonly rulings: string;
  /** The checkpoint at the end of the log. */
  readonly checkpoint: string;
};

async function differences(life: Life): Promise<string[]> {
  const registry = registryOf(life.registry);
  const replicas = new Map<string, Replica>();
  for (const [at, page] of life.pages.entries()) {
    const replica = await replicaOf(life, registry);
    await replica.applyPage(bytes(page), 0);
    replicas.set(`page ${String(at)}`, replica);
  }
  const begun = await began(life, registry);
  replicas.set('start', begun);
  return [...replicas].flatMap(([name, replica]) =>
    shownOtherwise(life, replica).map((what) => `${name}: ${what}`),
  );
}

async function began({ start, ...life }: Life, registry: Registry): Promise<Replica> {
  const from = new Start(life.space as SpaceId, start.cursor, start.checkpoint as Digest);
  const replica = await replicaOf(life, registry, from);
  await replica.applyStart(bytes(start.page));
  await replica.finishStart(bytes(start.proof), 0);
  await replica.applyPage(bytes(start.rest), 0);
  return replica;
}

function shownOtherwise(life: Life, replica: Replica): string[] {
  const entities = [...replica.entries.keys()].sort();
  const states = entities.map((entity) => replica.state(entity)).filter((state) => state !== null);
  const shown = states.map((state) => toHex(foldBytes(state)));
  const found: string[] = [];
  if (shown.length !== life.states.length) found.push(`${String(shown.length)} entities`);
  for (const [at, state] of life.states.entries()) {
    if (shown[at] !== state) found.push(`the entity at ${String(at)}`);
  }
  if (checkpointOf(replica.reader.view) !== life.checkpoint) found.push('the checkpoint');
  if (toHex(rulingsBytes(replica.rulings)) !== life.rulings) found.push('the rulings');
  return found;
}

const lives = JSON.parse(readFileSync(0, 'utf8')) as readonly Life[];
const found: string[][] = [];
for (const life of lives) found.push(await differences(life));
process.stdout.write(JSON.stringify(found));
