/** Sentences that several screens say of the same thing. */
import type { Gender, KitItem, Need } from '../domain/catalogue.types.ts';
import { baseName, findSpec } from '../domain/labels.ts';
import { dayToControl } from '../i18n/dates.ts';
import type {
  EncounterLine,
  ItemCounts,
  PatrolLine,
  ReferralLine,
  Value,
  WorkerLine,
} from '../worker/protocol.ts';
import { contentsOf } from './bag.ts';
import type { Display } from './display.svelte.ts';
import { saysCare, type Draft } from './draft.ts';

type Met = {
  readonly people: readonly { readonly name: string }[];
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  /** Nobody else was met than who was erased since. */
  readonly erased?: boolean;
};

/** Momo, La Grande et 2 sans nom; empty where nobody was met. */
export function whoOf({ people, anonymous, erased }: Met, { t, list }: Display): string {
  if (erased) return t('erased.person');
  const count = Object.values(anonymous).reduce((sum, one) => sum + one, 0);
  const named = people.map(({ name }) => name || t('person.noName'));
  return list(count > 0 ? [...named, t('encounter.anonymous', { n: count })] : named);
}

/** Kit crack × 1, Kit plaie × 2. */
export function givenOf(
  items: readonly (readonly [item: KitItem, count: number])[],
  { code }: Display,
): string {
  return items
    .filter(([, count]) => count > 0)
    .map(([item, count]) => `${code('kit_item', item)}\u00a0×\u00a0${count}`)
    .join(', ');
}

export function givenIn(encounter: EncounterLine, display: Display): string {
  const items = encounter.items.map(({ item, count }) => [item, count] as const);
  return givenOf(items, display);
}

/** Kit crack × 12, Pipe × 4; of a bag that holds many things, the first few. */
export function contentsWords(items: ItemCounts, display: Display, most = Infinity): string {
  return givenOf(contentsOf(items).slice(0, most), display);
}

export function bagWords(items: ItemCounts, display: Display, most = 4): string {
  const kinds = contentsOf(items).length;
  if (kinds === 0) return display.t('bag.empty');
  const words = contentsWords(items, display, most);
  return kinds <= most ? words : display.t('bag.andMore', { list: words, n: kinds - most });
}

/** Several labels as one phrase: each after the first in small letters. */
export function phraseOf(labels: readonly (string | null)[]): string {
  const [first = '', ...rest] = labels.filter((words) => words !== null && words !== '');
  return [
    first,
    ...rest.map((words) => (words ?? '').replace(/^./u, (letter) => letter.toLowerCase())),
  ].join(', ');
}

/** Santé, soins infirmiers. */
export function workWords({ role, profession }: WorkerLine, { code }: Display): string {
  return phraseOf([
    role && code('worker_role', role),
    profession && code('profession', profession),
  ]);
}

/** Réduction des risques, à pied. */
export function kindWords({ mode, type }: PatrolLine, { code }: Display): string {
  return phraseOf([type && code('patrol_type', type), mode && code('patrol_mode', mode)]);
}

/** The second line of the summary: what was given, done and asked for. */
export function summaryOf(draft: Draft, display: Display): string {
  const { t } = display;
  const items = Object.entries(draft.items) as [KitItem, number][];
  const named = draft.people.length > 0;
  return [
    givenOf(items, display),
    named && saysCare(draft) ? t('encounter.careSummary') : '',
    named && draft.needs.length > 0 ? t('encounter.needs', { n: draft.needs.length }) : '',
    draft.note.trim() === '' ? '' : t('encounter.noteSummary'),
    draft.structure === null ? '' : t('encounter.referSummary'),
  ]
    .filter((words) => words !== '')
    .join(', ');
}

/** Who is referred, by name; whoever was erased is nobody any more. */
export function personWords(
  { person, erased }: Pick<ReferralLine, 'person' | 'erased'>,
  { t }: Pick<Display, 't'>,
): string {
  if (erased) return t('erased.person');
  const name = person?.name ?? '';
  return name === '' ? t('person.noName') : name;
}

/** Un toit, Papiers. */
export function needsWords(needs: readonly Need[], { t, code }: Display): string {
  return needs.map((need) => code('need', need)).join(', ') || t('queue.noNeed');
}

/** What a field is called; of a set of codes, which code: Consommations, Crack. */
export function fieldWords(
  kind: string,
  name: string,
  { code, label }: Pick<Display, 'code' | 'label'>,
): string {
  const spec = findSpec(kind, name);
  const one = name.slice(baseName(name).length + 1);
  const words = label(kind, name);
  return spec?.form === 'codes' && spec.codes && one ? `${words}, ${code(spec.codes, one)}` : words;
}

/** A value as it is read: a code by its label, a day as a date, an absent one as a dash. */
export function valueWords(
  kind: string,
  name: string,
  value: Value,
  display: Pick<Display, 't' | 'code' | 'dateOf'>,
): string {
  if (value === null || value === '') return display.t('field.empty');
  const spec = findSpec(kind, name);
  if (typeof value === 'boolean') return display.t(value ? 'field.yes' : 'field.no');
  if (spec?.form === 'code' && spec.codes) return display.code(spec.codes, String(value));
  if (spec?.form === 'day') return display.dateOf(Date.parse(dayToControl(Number(value))));
  return String(value);
}
