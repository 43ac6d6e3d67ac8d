/** Sentences that several screens say of the same thing. */
import type { Gender, Need, Unit } from '../domain/catalogue.types.ts';
import { baseName, findSpec } from '../domain/labels.ts';
import { dayToControl } from '../i18n/dates.ts';
import type { Key } from '../i18n/translate.ts';
import type {
  ConflictCard,
  ItemCounts,
  LastTime,
  NewItem,
  PatrolLine,
  ReferralLine,
  Value,
  WorkerLine,
} from '../worker/protocol.ts';
import { contentsOf } from './bag.ts';
import { isOfErased } from './correction.ts';
import { type Handed, summed } from './counts.ts';
import type { Display } from './display.svelte.ts';
import { hasSomebody, likeLastTime, saysCare, type Draft } from './draft.ts';
import { isTakenBack } from './items.ts';

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

/** The same of what is being written, or corrected. */
export function whoIn(draft: Draft, display: Display): string {
  return whoOf({ ...draft, erased: isOfErased(draft) }, display);
}

/** What is counted: a kit, used syringes by the piece, a container full of them. */
export function handedWords({ item, unit }: Handed, { t, code }: Display): string {
  if (item === 'used_pipes' && unit === 'piece') return t('used.pipes');
  if (item === 'used_syringes') return t(syringesKey[unit]);
  const words = code('kit_item', item);
  return unit === 'piece' ? words : `${words}, ${code('unit', unit)}`;
}

const syringesKey = {
  piece: 'used.syringes',
  container: 'used.containers',
  gram: 'used.weight',
} as const satisfies Record<Unit, Key>;

/** What is said under used material that is not counted by the piece. */
export function usedHint({ unit }: Handed, { t }: Display): string {
  if (unit === 'container') return t('used.containersHint');
  return unit === 'gram' ? t('used.weightHint') : '';
}

/** Kit crack × 2; 2 collecteurs pleins; 350 g de seringues. */
function countedWords({ item, unit, count }: NewItem, display: Display): string {
  const { t } = display;
  if (item === 'used_syringes' && unit === 'container') return t('used.containersOf', { n: count });
  if (item === 'used_syringes' && unit === 'gram')
    return t('used.weightOf', { weight: display.grams(count) });
  return `${handedWords({ item, unit }, display)}\u00a0×\u00a0${count}`;
}

/** A count that stands beside its words: 12; 350 g. */
export function countWords({ unit, count }: NewItem, { grams, number }: Display): string {
  return unit === 'gram' ? grams(count) : number(count);
}

/** Kit crack × 1, Kit plaie × 2, 1 collecteur plein: what was given, and then what was taken back. */
export function givenOf(items: readonly NewItem[], display: Display): string {
  const isBack = ({ item }: NewItem): number => Number(isTakenBack(item));
  return [...summed(items)]
    .sort((a, b) => isBack(a) - isBack(b))
    .map((one) => countedWords(one, display))
    .join(', ');
}

/** Comme hier 21:47\u00a0: Kit crack × 2, Embouts × 1; with those whom it adds, where nobody is there yet. */
export function lastTimeWords(draft: Draft, last: LastTime, display: Display): string {
  const { t, now_ms } = display;
  const { anonymous } = likeLastTime(draft, last);
  const who = hasSomebody(draft) ? '' : whoOf({ people: [], anonymous }, display);
  const given = last.items.map((one) => givenOf([one], display));
  const list = [who, ...given].filter((words) => words !== '');
  const isToday = new Date(last.at).toDateString() === new Date(now_ms).toDateString();
  return t(isToday ? 'again.at' : 'again.on', {
    when: isToday ? display.timeOf(last.at) : display.dateOf(last.at),
    list: shortened(list, display, LAST_TIME_MOST),
  });
}

/** The chip has two lines. */
const LAST_TIME_MOST = 3;

function shortened(list: readonly string[], { t }: Display, most: number): string {
  const words = list.slice(0, most).join(', ');
  return list.length <= most ? words : t('bag.andMore', { list: words, n: list.length - most });
}

/** Kit crack × 12, Pipe × 4. */
export function contentsWords(items: ItemCounts, display: Display): string {
  return givenOf(
    contentsOf(items).map(([item, count]) => ({ item, unit: 'piece', count })),
    display,
  );
}

/** The same, and of a bag that holds many things the first few. */
export function bagWords(items: ItemCounts, display: Display, most = 4): string {
  const contents = contentsOf(items).map(([item, count]) =>
    givenOf([{ item, unit: 'piece', count }], display),
  );
  return contents.length === 0 ? display.t('bag.empty') : shortened(contents, display, most);
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
  const named = draft.people.length > 0;
  return [
    givenOf(draft.items, display),
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

/** What a conflict is about; a number of material says of which: Kit crack, Nombre. */
export function cardWords({ kind, name, item }: ConflictCard, display: Display): string {
  const words = fieldWords(kind, name, display);
  return item === undefined ? words : `${display.code('kit_item', item)}, ${words}`;
}

/**
 * A value as it is read: a code by its label, a day as a date, an absent one as a dash; what a reference names, where
 * it is among `places`.
 */
export function valueWords(
  kind: string,
  name: string,
  value: Value,
  display: Pick<Display, 't' | 'code' | 'dateOf'>,
  places: readonly { readonly id: string; readonly name: string }[] = [],
): string {
  if (value === null || value === '') return display.t('field.empty');
  const spec = findSpec(kind, name);
  if (typeof value === 'boolean') return display.t(value ? 'field.yes' : 'field.no');
  if (spec?.form === 'code' && spec.codes) return display.code(spec.codes, String(value));
  if (spec?.form === 'ref') return places.find(({ id }) => id === value)?.name ?? String(value);
  if (spec?.form === 'day') return display.dateOf(Date.parse(dayToControl(Number(value))));
  return String(value);
}
