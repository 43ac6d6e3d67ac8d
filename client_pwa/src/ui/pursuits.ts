/** What a person asks for and goes through, which is pursued alike: its order, its drawing, how it stands. Pure. */
import type { Need, Procedure, Status } from '../domain/catalogue.types.ts';
import { dayAt, momentOf } from '../domain/day.ts';
import type { PersonRecord, PursuitLine } from '../worker/protocol.ts';
import type { Display } from './display.svelte.ts';

export type Pursuit = PursuitLine<Need | Procedure> & { readonly kind: 'request' | 'procedure' };

const iconByWhat: Readonly<Partial<Record<Need | Procedure, string>>> = {
  shelter: 'bed',
  housing_application: 'bed',
  care: 'cross',
  wound_care: 'bandage',
  health_cover: 'cross',
  hygiene: 'shower',
  meal: 'meal',
  clothing: 'coat',
  kit: 'kit',
  papers: 'paper',
  identity_papers: 'paper',
  residence: 'paper',
  residence_right: 'paper',
  address: 'home',
  phone: 'phone',
  listening: 'voice',
};
const iconByKind = { request: 'queue', procedure: 'paper' } as const;
const toneByStatus: Readonly<Record<Status, string>> = {
  open: 'tag-due',
  obtained: 'tag-ok',
  refused: '',
  no_place: '',
  given_up: '',
};
const iconByStatus: Readonly<Record<Status, string>> = {
  open: 'clock',
  obtained: 'check',
  refused: 'x',
  no_place: 'none',
  given_up: 'none',
};

/** Longer ago, a date says more than a number of days. */
const AGO_DAYS = 31;

/** One that says no status has only begun. */
export function statusOf({ status }: Pick<Pursuit, 'status'>): Status {
  return status ?? 'open';
}

/** What is open first, the last written first. */
export function pursuitsOf({ requests, procedures }: PersonRecord): readonly Pursuit[] {
  const all: readonly Pursuit[] = [
    ...requests.map((line) => ({ ...line, kind: 'request' as const })),
    ...procedures.map((line) => ({ ...line, kind: 'procedure' as const })),
  ];
  const isOver = (pursuit: Pursuit): number => Number(statusOf(pursuit) !== 'open');
  return [...all].sort((a, b) => isOver(a) - isOver(b) || b.at - a.at);
}

export function pursuitIcon({ kind, what }: Pick<Pursuit, 'kind' | 'what'>): string {
  return (what && iconByWhat[what]) ?? iconByKind[kind];
}

export function pursuitWords(
  { kind, what }: Pick<Pursuit, 'kind' | 'what'>,
  { t, code }: Pick<Display, 't' | 'code'>,
): string {
  if (what === null) return t('field.empty');
  return code(kind === 'request' ? 'need' : 'procedure', what);
}

/** Ouverte il y a 8 jours; ouverte le 4 nov.; close le 9 oct.; empty where no day was written. */
export function sinceWords(pursuit: Pursuit, display: Display): string {
  const isOpen = statusOf(pursuit) === 'open';
  const day = isOpen ? pursuit.opened : pursuit.closed;
  if (day === null) return '';
  if (dayAt(display.now_ms) - day > AGO_DAYS) {
    const date = display.dateOf(momentOf(day));
    return display.t(isOpen ? 'pursuits.openedOn' : 'pursuits.closedOn', { date });
  }
  const ago = display.daysAgo(day);
  return display.t(isOpen ? 'pursuits.opened' : 'pursuits.closed', { ago });
}

export function statusTag(
  pursuit: Pick<Pursuit, 'status'>,
  { code }: Pick<Display, 'code'>,
): { readonly tone: string; readonly icon: string; readonly words: string } {
  const status = statusOf(pursuit);
  const words = code('status', status).toLowerCase();
  return { tone: toneByStatus[status], icon: iconByStatus[status], words };
}
