/** The data worker: the one place of the app that holds keys, the store and the line to the server. */
import { Store } from '../store/store.ts';
import { Core } from './core.ts';
import { askHealth } from './reach.ts';
import { CallProblem, type Events, type FromDataWorker, type ToDataWorker } from './protocol.ts';
import { randomBytes } from './server.ts';
import { ServerWatch, type Timer } from './server-watch.ts';

declare const self: DedicatedWorkerGlobalScope;

const fetch = (address: string, options: RequestInit): Promise<Response> =>
  self.fetch(address, options);
const timer: Timer = {
  set: (run, delay_ms) => self.setTimeout(run, delay_ms),
  clear: (planned) => {
    self.clearTimeout(planned);
  },
};

function send(message: FromDataWorker): void {
  self.postMessage(message);
}

function emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
  send({ type: 'event', name, value } as FromDataWorker);
}

/** One tab writes: the others wait here, and go on when it is closed. The lock ends with this worker. */
const core = new Promise<Core>((resolve) => {
  void self.navigator.locks.request('escale-store', async () => {
    const store = await Store.open(randomBytes);
    const origin = self.location.origin;
    resolve(new Core({ store, fetch, origin, now: Date.now, chance: Math.random, timer, emit }));
    await new Promise(() => undefined);
  });
});

const watch = new ServerWatch({
  ask: () => askHealth(fetch),
  report: (reachability) => {
    emit('reachability', reachability);
    if (reachability.state === 'reached')
      void core.then((made) => {
        made.hint();
      });
  },
  chance: Math.random,
  timer,
});

async function answer(message: ToDataWorker & { type: 'call' }): Promise<void> {
  const { number, name, ask } = message;
  try {
    const made = await core;
    send({ type: 'answer', number, answer: await made.call(name, ask as never) });
  } catch (error) {
    if (!(error instanceof CallProblem)) throw error;
    send({ type: 'refusal', number, problem: error.problem });
  }
}

self.addEventListener('message', (event: MessageEvent<ToDataWorker>) => {
  if (event.data.type === 'visibility') watch.setVisible(event.data.visible);
  else void answer(event.data);
});

self.addEventListener('online', () => void watch.tryNow());
self.addEventListener('offline', () => void watch.tryNow());
