/** What every team must know before it goes out: which of it holds, where, and until when. Pure. */
import type { Day, Id, NoticeType } from '../domain/catalogue.types.ts';
import { dayAt, momentOf } from '../domain/day.ts';
import type { NoticeLine, WorkerLine } from '../worker/protocol.ts';
import type { Display } from './display.svelte.ts';

const iconByType: Readonly<Record<NoticeType, string>> = {
  evacuation: 'door',
  bad_batch: 'warn',
  cold: 'coat',
  heat: 'sun',
  other: 'bell',
};
/** How many days more each choice is worth; null for until somebody lifts it. */
export const HOLDS_DAYS = [0, 3, 7, null] as const;

export function noticeIcon(type: NoticeType | null): string {
  return (type !== null && Object.hasOwn(iconByType, type) ? iconByType[type] : null) ?? 'bell';
}

/** The screen's own clock tells when its last day is over: nothing else may happen at midnight. */
export function holds(
  { over, until }: Pick<NoticeLine, 'over' | 'until'>,
  { now_ms }: Pick<Display, 'now_ms'>,
): boolean {
  return !over && (until === null || until >= dayAt(now_ms));
}

/** What waits to be read, the newest first. */
export function toRead(
  notices: readonly NoticeLine[],
  display: Pick<Display, 'now_ms'>,
): readonly NoticeLine[] {
  return notices.filter((one) => !one.read && holds(one, display));
}

/** What a team that goes out is told although its worker has read it: what is not read stands above already. */
export function toldAgain(
  notices: readonly NoticeLine[],
  zone: Id | null,
  display: Pick<Display, 'now_ms'>,
): readonly NoticeLine[] {
  return notices.filter(
    (one) => one.read && holds(one, display) && (one.zone === null || one.zone.id === zone),
  );
}

/** Who of the team has not said that they have read it. */
export function notReadBy(
  { readers }: Pick<NoticeLine, 'readers'>,
  workers: readonly WorkerLine[],
): readonly WorkerLine[] {
  return workers.filter(({ id }) => !readers.some(({ worker }) => worker === id));
}

/** Jusqu’au 4 décembre compris. */
export function untilWords(until: Day | null, { t, dateInWords }: Display): string {
  if (until === null) return t('notices.untilLifted');
  return t('notices.until', { date: dateInWords(momentOf(until)) });
}
