/** The directory as an administrator corrects it: every line of each kind, with the version that it has. */
import catalogue from '../../domain/catalogue.json' with { type: 'json' };
import type { DirectoryKind } from '../../domain/catalogue.types.ts';
import { findSpec } from '../../domain/labels.ts';
import { CallProblem, type DirectoryLine, type Value, type Values } from '../protocol.ts';
import type { Directory } from './reading.ts';

/** As the server answers it: `Directory` names what the other views read of it. */
type Answered = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[] | undefined>>;

export function lines(directory: Directory): Record<DirectoryKind, readonly DirectoryLine[]> {
  const answered = directory as unknown as Answered;
  const of = (kind: DirectoryKind): DirectoryLine[] =>
    (answered[kind] ?? []).map((line) => ({
      id: String(line['id']),
      version: Number(line['version'] ?? 0),
      values: valuesOf(kind, line),
    }));
  return { zone: of('zone'), site: of('site'), structure: of('structure') };
}

function valuesOf(kind: DirectoryKind, line: Readonly<Record<string, unknown>>): Values {
  const names = Object.keys(catalogue.kinds[kind].plain);
  return Object.fromEntries(names.map((name) => [name, valueOf(kind, name, line[name] ?? null)]));
}

/** An outline is GeoJSON where it is written and read, and a text between. */
function valueOf(kind: DirectoryKind, name: string, answered: unknown): Value {
  return isOutline(kind, name) && answered !== null
    ? JSON.stringify(answered)
    : (answered as Value);
}

/** Returns a line's values as they are sent. Throws CallProblem for an outline that is no JSON. */
export function sentValues(kind: DirectoryKind, values: Values): Readonly<Record<string, unknown>> {
  const sent = Object.entries(values).map(([name, value]) => [
    name,
    isOutline(kind, name) && typeof value === 'string' ? outlineIn(value) : value,
  ]);
  return Object.fromEntries(sent) as Readonly<Record<string, unknown>>;
}

function outlineIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CallProblem('line_refused');
  }
}

function isOutline(kind: DirectoryKind, name: string): boolean {
  return findSpec(kind, name)?.form === 'area';
}
