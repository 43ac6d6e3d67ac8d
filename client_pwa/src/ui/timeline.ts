/** What of a person's thread is looked at: all of it, or what is alike. Pure. */
import type { TimelineItem } from '../worker/protocol.ts';

export const LOOKS = ['met', 'notes', 'pursued'] as const;
export type Look = (typeof LOOKS)[number];

/** A short thread is read as it is. */
const SHORT_MOST = 6;

const PURSUED: readonly TimelineItem['type'][] = ['request', 'procedure', 'task', 'referral'];

export function isLookedAt(item: TimelineItem, look: Look): boolean {
  if (look === 'met') return item.type === 'contact' || item.type === 'care';
  if (look === 'pursued') return PURSUED.includes(item.type);
  return item.type === 'note' || (item.type === 'contact' && item.note !== null);
}

/** The looks that show something, and not all of it; none where the thread is short. */
export function looksAt(items: readonly TimelineItem[]): readonly Look[] {
  if (items.length <= SHORT_MOST) return [];
  return LOOKS.filter((look) => {
    const shown = items.filter((item) => isLookedAt(item, look)).length;
    return shown > 0 && shown < items.length;
  });
}
