import type { Mark } from '../worker/protocol.ts';

/** Whether a record is not where it belongs yet: such a mark is shown where there is no room for the others. */
export function isUnsettled(mark: Mark): boolean {
  return mark !== 'server' && mark !== 'seen';
}
