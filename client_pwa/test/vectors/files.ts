/** The vector files, which both languages share. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Python } from './python.ts';
import type { Worked } from './worked.ts';

export const FOLDER = join(import.meta.dirname, '..', '..', '..', 'tests', 'vectors');

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));
}

export function readWorked(): Worked {
  return read('worked_example.json') as Worked;
}

export function readPython(): Python {
  return read('python.json') as Python;
}
