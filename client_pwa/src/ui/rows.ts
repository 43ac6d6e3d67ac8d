/** What is written of a person by itself, saved and said so, with the way back. */
import type { NewRow, Values } from '../worker/protocol.ts';
import { getDisplay, getToasts, getWorker } from './context.ts';

export type RowWriter = {
  /** Tells whether it is saved; what could not be is said. */
  readonly add: (row: NewRow, said: string) => Promise<boolean>;
  /** `before` is what stood under the same names. */
  readonly amend: (row: string, values: Values, before: Values, said: string) => Promise<boolean>;
  readonly takeBack: (row: string, reason: string, said: string) => Promise<boolean>;
};

/** To be called while a component starts. */
export function rowWriter(): RowWriter {
  const { t } = getDisplay();
  const toasts = getToasts();
  const worker = getWorker();
  const say = (strong: string, undo: (() => void) | null): true => {
    toasts.show({ strong, words: t('person.saved'), mark: 'tablet', undo });
    return true;
  };
  return {
    add: async (ask, said) => {
      const added = await toasts.attempt(worker.call('row.add', ask));
      if (!added) return false;
      const taken = { row: added.row, reason: t('encounter.undoReason') };
      return say(said, () => void toasts.attempt(worker.call('row.void', taken)));
    },
    amend: async (row, values, before, said) => {
      const done = await toasts.attempt(worker.call('row.amend', { row, values }));
      if (done === undefined) return false;
      const back = { row, values: before };
      return say(said, () => void toasts.attempt(worker.call('row.amend', back)));
    },
    takeBack: async (row, reason, said) => {
      const done = await toasts.attempt(worker.call('row.void', { row, reason }));
      return done !== undefined && say(said, null);
    },
  };
}
