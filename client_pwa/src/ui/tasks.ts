/** What is to be done for a person: by when, and how that stands today. Pure. */
import type { Day, Id } from '../domain/catalogue.types.ts';
import { dayAt, momentOf } from '../domain/day.ts';
import type { TaskLine, Values, WorkerLine } from '../worker/protocol.ts';
import type { Display } from './display.svelte.ts';

export type Tag = { readonly tone: string; readonly icon: string; readonly words: string };

/** A task as it is put together, or corrected. */
export type TaskDraft = {
  readonly text: string;
  readonly due: Day | null;
  readonly urgent: boolean;
  readonly whom: readonly Id[];
};

export const NEW_TASK: TaskDraft = { text: '', due: null, urgent: false, whom: [] };

const TOMORROW = 1;
const WEEK_DAYS = 7;

export function draftOf({ text, due, urgent, whom }: TaskLine): TaskDraft {
  return { text, due, urgent, whom: whom.map(({ id }) => id) };
}

/** The days that are most often meant, by one touch. */
export function usualDays(now_ms: number): readonly Day[] {
  const today = dayAt(now_ms);
  return [today, today + TOMORROW, today + WEEK_DAYS];
}

/** What a task says by the names of the catalogue, or of a correction what it says otherwise than before. */
export function taskValues(draft: TaskDraft, before: TaskDraft = NEW_TASK): Values {
  const text = draft.text.trim();
  const moved = [...new Set([...draft.whom, ...before.whom])].filter(
    (id) => draft.whom.includes(id) !== before.whom.includes(id),
  );
  return {
    ...(text === before.text ? {} : { text }),
    ...(draft.due === before.due ? {} : { due: draft.due }),
    ...(draft.urgent === before.urgent ? {} : { urgent: draft.urgent || null }),
    ...Object.fromEntries(
      moved.map((id) => [`whom/${id}`, draft.whom.includes(id) ? true : null] as const),
    ),
  };
}

/** By when, in words that do not need their colour; null where there is no day. */
export function dueTag(
  { due, done }: Pick<TaskLine, 'due' | 'done'>,
  display: Display,
): Tag | null {
  const { t, now_ms } = display;
  const date = (day: Day): string => display.dateOf(momentOf(day));
  if (done !== null) {
    return { tone: 'tag-ok', icon: 'check', words: t('tasks.doneOn', { date: date(done) }) };
  }
  if (due === null) return null;
  const left = due - dayAt(now_ms);
  if (left < 0) {
    return { tone: 'tag-late', icon: 'warn', words: t('tasks.late', { date: date(due) }) };
  }
  if (left === 0) return { tone: 'tag-due', icon: 'clock', words: t('tasks.dueToday') };
  const words = left === TOMORROW ? t('tasks.dueTomorrow') : t('tasks.dueOn', { date: date(due) });
  return { tone: '', icon: 'clock', words };
}

/** Awa et Inès; empty for whoever can. */
export function whomWords(whom: readonly WorkerLine[], { list }: Pick<Display, 'list'>): string {
  return list(whom.map(({ name }) => name));
}
