/** The page's side of the data worker. */
import workerAddress from './worker.ts?worker&url';
import type { FromDataWorker, ToDataWorker } from './protocol.ts';

export type DataWorker = {
  /** Says whether the app is looked at. */
  readonly setVisible: (visible: boolean) => void;
};

/**
 * Starts the data worker.
 *
 * `trusted` makes of a script's address what the content policy lets run.
 */
export function startDataWorker(
  trusted: (address: string) => string,
  onMessage: (message: FromDataWorker) => void,
): DataWorker {
  const worker = new Worker(trusted(workerAddress), { type: 'module', name: 'data' });
  worker.addEventListener('message', (event: MessageEvent<FromDataWorker>) => {
    onMessage(event.data);
  });
  worker.addEventListener('error', () => {
    reportError(new Error('The data worker stopped.'));
  });
  const send = (message: ToDataWorker): void => {
    worker.postMessage(message);
  };
  return {
    setVisible: (visible) => {
      send({ type: 'visibility', visible });
    },
  };
}
