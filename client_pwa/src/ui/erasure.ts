/** What an erasure takes with it, and what of a draft it leaves. Pure. */
import type { Id } from '../domain/catalogue.types.ts';
import type { PersonRecord } from '../worker/protocol.ts';
import { correctionWithout } from './correction.ts';
import type { Display } from './display.svelte.ts';
import { hasSomebody, idsIn, type Draft } from './draft.ts';
import type { Toast } from './toasts.svelte.ts';

/** How much is told of a person; `care` is null where the health file is not read. */
export type Loss = {
  /** All their records: they are erased together. */
  readonly ids: readonly Id[];
  readonly contacts: number;
  readonly requests: number;
  readonly procedures: number;
  readonly tasks: number;
  readonly notes: number;
  readonly referrals: number;
  readonly care: number | null;
};

export function lossOf(record: PersonRecord): Loss {
  const { line, records, requests, procedures, tasks, timeline, health } = record;
  const contacts = timeline.filter((item) => item.type === 'contact');
  const notes = timeline.filter(({ type }) => type === 'note');
  const answers = Object.values(health?.fields ?? {}).filter(({ value }) => value !== null);
  const care = contacts.flatMap((contact) => contact.health);
  return {
    ids: records.length > 0 ? records.map(({ id }) => id) : [line.id],
    contacts: contacts.length,
    requests: requests.length,
    procedures: procedures.length,
    tasks: tasks.length,
    notes: notes.length + contacts.filter(({ note }) => note !== null).length,
    referrals: timeline.filter(({ type }) => type === 'referral').length,
    care: health === null ? null : answers.length + care.length,
  };
}

/** Case, accents and the spaces around it do not count. */
export function isWritten(word: string, typed: string): boolean {
  const plain = (text: string): string => text.trim().replace(/\s+/g, ' ');
  return new Intl.Collator('fr', { sensitivity: 'base' }).compare(plain(word), plain(typed)) === 0;
}

/**
 * Returns what is left of a draft that may name an erased person; nothing, if it was about nobody else.
 *
 * What one consents to and the care they are given is one person's: nobody knows any more whose. What was given stays,
 * for it is counted whoever it was given to.
 */
export function withoutErased(draft: Draft, erased: readonly Id[]): readonly Draft[] {
  if (!idsIn(draft).some((id) => erased.includes(id))) return [draft];
  const people = draft.people.filter(({ id }) => id === null || !erased.includes(id));
  const corrects = draft.corrects && correctionWithout(draft.corrects, erased);
  const left = { ...draft, people, health: {}, structure: null, consent: null, corrects };
  if (people.length > 0) return [left];
  const note = corrects?.stood.note ?? '';
  const isCounted = corrects !== null || left.items.length > 0 || hasSomebody(left);
  return isCounted ? [{ ...left, needs: [], note, contact: {} }] : [];
}

/** What is told of drafts that named an erased person. */
export function letGoToast({ t }: Pick<Display, 't'>): Toast {
  return { strong: t('draft.letGo'), words: t('draft.letGoBody'), mark: null, undo: null };
}
