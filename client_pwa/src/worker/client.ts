/** The page's side of the data worker. */
import workerAddress from './worker.ts?worker&url';
import {
  CallProblem,
  type CallName,
  type Calls,
  type DataWorker,
  type Events,
  type FromDataWorker,
  type ToDataWorker,
} from './protocol.ts';

type Waiting = {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (problem: CallProblem) => void;
};
type Listener = (value: never) => void;

/**
 * Starts the data worker.
 *
 * `trusted` makes of a script's address what the content policy lets run.
 */
export function startDataWorker(trusted: (address: string) => string): DataWorker {
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<keyof Events, Set<Listener>>();
  let number = 0;
  let visible = false;
  const start = (): Worker => {
    const made = new Worker(trusted(workerAddress), { type: 'module', name: 'data' });
    made.addEventListener('message', (event: MessageEvent<FromDataWorker>) => {
      receive(event.data, waiting, listeners);
    });
    made.addEventListener('error', () => {
      reportError(new Error('The data worker stopped.'));
    });
    return made;
  };
  let worker = start();
  const send = (message: ToDataWorker): void => {
    worker.postMessage(message);
  };
  const call = <Name extends CallName>(
    name: Name,
    ask: Calls[Name]['ask'],
  ): Promise<Calls[Name]['answer']> =>
    new Promise((resolve, reject) => {
      number += 1;
      waiting.set(number, { resolve: resolve as Waiting['resolve'], reject });
      send({ type: 'call', number, name, ask: ask instanceof Uint8Array ? ask : plain(ask) });
    });
  /** Ending the worker takes keys and clear text out of memory at once; the next one has none. */
  const end = (): void => {
    worker.terminate();
    for (const { reject } of waiting.values()) reject(new CallProblem('locked'));
    waiting.clear();
    worker = start();
    send({ type: 'visibility', visible });
  };
  return {
    setVisible: (isVisible) => {
      visible = isVisible;
      send({ type: 'visibility', visible });
    },
    call: async (name, ask) => {
      try {
        return await call(name, ask);
      } finally {
        if (name === 'vault.lock') end();
      }
    },
    on: (name, listener) => {
      const those = listeners.get(name) ?? new Set<Listener>();
      listeners.set(name, those.add(listener));
      return () => those.delete(listener);
    },
  };
}

/** A screen's state is a proxy, which cannot be cloned; what is asked is plain JSON, or the bytes of a file. */
function plain(ask: unknown): unknown {
  return JSON.parse(JSON.stringify(ask)) as unknown;
}

function receive(
  message: FromDataWorker,
  waiting: Map<number, Waiting>,
  listeners: Map<keyof Events, Set<Listener>>,
): void {
  if (message.type === 'event') {
    for (const listener of listeners.get(message.name) ?? []) listener(message.value as never);
    return;
  }
  const asked = waiting.get(message.number);
  waiting.delete(message.number);
  if (message.type === 'answer') asked?.resolve(message.answer);
  else asked?.reject(new CallProblem(message.problem));
}
