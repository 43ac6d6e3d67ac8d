/** The data worker: the one place of the app that holds keys, the store and the line to the server. */
import { Store } from '../store/store.ts';
import { Core } from './core.ts';
import { OneTab } from './one-tab.ts';
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

const tab = new OneTab({
  locks: self.navigator.locks,
  timer,
  make: async () => {
    const store = await Store.open(randomBytes);
    const origin = self.location.origin;
    return new Core({ store, fetch, origin, now: Date.now, chance: Math.random, timer, emit });
  },
  tell: (isElsewhere) => {
    if (isElsewhere) emit('device', { state: 'elsewhere' });
    else void tellState();
  },
});

async function tellState(): Promise<void> {
  const core = await tab.here;
  emit('device', await core.call('device.state', null));
}

const watch = new ServerWatch({
  ask: () => askHealth(fetch),
  report: (reachability) => {
    emit('reachability', reachability);
    if (reachability.state === 'reached')
      void tab.here.then((core) => {
        core.hint();
      });
  },
  chance: Math.random,
  timer,
});

async function answer(message: ToDataWorker & { type: 'call' }): Promise<void> {
  const { number, name, ask } = message;
  try {
    const core = await (name === 'device.state' ? tab.here : tab.inTurn());
    send({ type: 'answer', number, answer: await core.call(name, ask as never) });
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
// A page hears of what goes wrong here only if it is told: what waits for an answer would wait for ever, and say nothing.
self.addEventListener('unhandledrejection', (event) => {
  self.reportError(event.reason);
});
