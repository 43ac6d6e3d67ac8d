/** Values by name, as they are put together before they are saved. */
import { baseName } from '../domain/labels.ts';
import type { FieldViews, PersonRecord, Value, Values } from '../worker/protocol.ts';

/** An absent value is left out. */
export function withValue(values: Values, name: string, value: Value): Values {
  const all = Object.entries({ ...values, [name]: value });
  return Object.fromEntries(all.filter(([, one]) => one !== null));
}

/** What there is to write: texts without the spaces around them, and none that is empty. */
export function written(values: Values): Values {
  const all = Object.entries(values).map(
    ([name, value]) => [name, typeof value === 'string' ? value.trim() : value] as const,
  );
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== ''));
}

/** The codes of a set that stand: `acts/wound` is the code `wound` of `acts`. */
export function codesIn(fields: FieldViews, set: string): readonly string[] {
  return Object.entries(fields)
    .filter(([name, { value }]) => baseName(name) === set && value === true)
    .map(([name]) => name.slice(set.length + 1));
}

/** What a kind says of a person: the health file is a kind of its own, and says nothing where it is not read. */
export function fieldsOf(record: PersonRecord, kind: string): FieldViews {
  return kind === 'person_health' ? (record.health?.fields ?? {}) : record.fields;
}

/** `person_health.file` is the field `file` of the kind `person_health`. */
export function splitPath(path: string): { readonly kind: string; readonly name: string } {
  const at = path.indexOf('.');
  return { kind: path.slice(0, at), name: path.slice(at + 1) };
}
