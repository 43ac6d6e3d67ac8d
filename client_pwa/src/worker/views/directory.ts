/** The directory as an administrator corrects it: every line of each kind, with the version that it has. */
import catalogue from '../../domain/catalogue.json' with { type: 'json' };
import type { DirectoryKind } from '../../domain/catalogue.types.ts';
import type { DirectoryLine, Value, Values } from '../protocol.ts';
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
  return Object.fromEntries(names.map((name) => [name, (line[name] ?? null) as Value]));
}
