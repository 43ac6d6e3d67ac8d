/** What is written of a person by itself, saved and said so, with the way back where there is one. */
import type { NewRow, Values } from '../worker/protocol.ts';
import { getDisplay, getToasts, getWorker } from './context.ts';

/** What is told of it: what was done, and of what where there is room. */
export type Told = { readonly strong: string; readonly what?: string };

export type RowWriter = {
  /** Tells whether it is saved; what could not be is said. */
  readonly add: (row: NewRow, told: Told) => Promise<boolean>;
  /** `before` is what stood under the same names. */
  readonly amend: (row: string, values: Values, before: Values, told: Told) => Promise<boolean>;
  readonly takeBack: (row: string, reason: string, told: Told) => Promise<boolean>;
};

/** To be called while a component starts. */
export function rowWriter(): RowWriter {
  const { t } = getDisplay();
  const toasts = getToasts();
  const worker = getWorker();
  const say = (told: Told, undo: (() => void) | null): true => {
    toasts.show({ ...told, words: t('person.saved'), mark: 'tablet', undo });
    return true;
  };
  return {
    add: async (ask, told) => {
      const added = await toasts.attempt(worker.call('row.add', ask));
      if (!added) return false;
      const taken = { row: added.row, reason: t('encounter.undoReason') };
      return say(told, () => void toasts.attempt(worker.call('row.void', taken)));
    },
    amend: async (row, values, before, told) => {
      const done = await toasts.attempt(worker.call('row.amend', { row, values }));
      if (done === undefined) return false;
      const back = { row, values: before };
      return say(told, () => void toasts.attempt(worker.call('row.amend', back)));
    },
    takeBack: async (row, reason, told) => {
      const done = await toasts.attempt(worker.call('row.void', { row, reason }));
      return done !== undefined && say(told, null);
    },
  };
}
