/** A round as it is being closed: what was counted, why some is missing, and what was typed. Pure. */
import type { Id, KitItem, LossReason } from '../domain/catalogue.types.ts';
import { codesOf } from '../domain/labels.ts';
import type { BagLine, ClosedRound, ItemCounts } from '../worker/protocol.ts';
import { BAG_ITEMS } from './bag.ts';

/** The draft that holds what is said at the end of a round. */
export const CLOSING_DRAFT = 'closing';

/** Why a bag may hold less than it should: a bag is no vending machine. */
export const LOSS_REASONS: readonly LossReason[] = codesOf('loss_reason').filter(
  (reason) => reason !== 'machine_fault',
);

export type Closing = {
  readonly patrol: Id;
  /** Whether the bag was counted; null until it is said. */
  readonly isCounted: boolean | null;
  /** Only what was counted otherwise than expected; none of an item is a zero here. */
  readonly counts: ItemCounts;
  readonly reasons: Readonly<Partial<Record<KitItem, LossReason>>>;
  readonly handover: string;
  readonly report: string;
};

export type CountLine = {
  readonly item: KitItem;
  readonly expected: number;
  readonly count: number;
  readonly reason: LossReason | null;
};

export function startClosing(patrol: Id): Closing {
  return { patrol, isCounted: null, counts: {}, reasons: {}, handover: '', report: '' };
}

/** What is expected in the bag, and what was found in it besides. */
export function countLines(closing: Closing, bag: BagLine): readonly CountLine[] {
  return BAG_ITEMS.filter(
    (item) => (bag.items[item] ?? 0) > 0 || closing.counts[item] !== undefined,
  ).map((item) => {
    const expected = bag.items[item] ?? 0;
    const count = closing.counts[item] ?? expected;
    const reason = count < expected ? (closing.reasons[item] ?? null) : null;
    return { item, expected, count, reason };
  });
}

export function withCounted(closing: Closing, item: KitItem, count: number): Closing {
  return { ...closing, counts: { ...closing.counts, [item]: count } };
}

/** The same reason again takes it away. */
export function withReason(closing: Closing, item: KitItem, reason: LossReason): Closing {
  const { [item]: before, ...others } = closing.reasons;
  return { ...closing, reasons: before === reason ? others : { ...others, [item]: reason } };
}

/** Whether it must still be said if the bag was counted. */
export function lacksCount(closing: Closing, bag: BagLine | null): boolean {
  return bag !== null && closing.isCounted === null;
}

export function closedRoundOf(closing: Closing, bag: BagLine | null): ClosedRound {
  const lines = bag !== null && closing.isCounted === true ? countLines(closing, bag) : [];
  return {
    id: closing.patrol,
    report: closing.report.trim(),
    handover: closing.handover.trim(),
    counted: lines.map(({ item, count, reason }) => ({ item, count, reason })),
  };
}

export type ClosingText = 'handover' | 'report';

/** What was typed and stands nowhere yet: not what is part of what was saved. */
export function textsLeft(
  closing: Closing,
  saved: Readonly<Record<ClosingText, string | null>>,
): readonly (readonly [ClosingText, string])[] {
  return (['handover', 'report'] as const).flatMap((name) => {
    const text = closing[name].trim();
    return text === '' || (saved[name] ?? '').includes(text) ? [] : [[name, text] as const];
  });
}

/** What was typed goes below what is there already. */
export function below(there: string | null, typed: string): string {
  return [there ?? '', typed].filter((text) => text !== '').join('\n\n');
}
