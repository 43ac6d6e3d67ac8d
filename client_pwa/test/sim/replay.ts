/** Reads lives of the simulator from standard input and answers, for each, what this engine shows otherwise. */
import { readFileSync } from 'node:fs';
import { toHex } from '../../src/engine/bytes.ts';
import { foldBytes } from '../../src/engine/fold.ts';
import { rulingsBytes } from '../../src/engine/rulings.ts';
import { bytes } from '../vectors/checks.ts';
import { type Python, replicaOf, type Seeds } from '../vectors/python.ts';
import { registryOf } from '../vectors/registry.ts';

type Life = Seeds & {
  readonly registry: Python['registry'];
  readonly page: string;
  readonly states: readonly string[];
  readonly rulings: string;
};

async function differences(life: Life): Promise<string[]> {
  const replica = await replicaOf(life, registryOf(life.registry));
  await replica.applyPage(bytes(life.page), 0);
  const entities = [...replica.entries.keys()].sort();
  const states = entities.map((entity) => replica.state(entity)).filter((state) => state !== null);
  const shown = states.map((state) => toHex(foldBytes(state)));
  const found: string[] = [];
  if (shown.length !== life.states.length) found.push(`${String(shown.length)} entities`);
  for (const [at, state] of life.states.entries()) {
    if (shown[at] !== state) found.push(`the entity at ${String(at)}`);
  }
  if (toHex(rulingsBytes(replica.rulings)) !== life.rulings) found.push('the rulings');
  return found;
}

const lives = JSON.parse(readFileSync(0, 'utf8')) as readonly Life[];
const found: string[][] = [];
for (const life of lives) found.push(await differences(life));
process.stdout.write(JSON.stringify(found));
