/** The data worker: the one place of the app that speaks to the server. */
import { askHealth } from './health.ts';
import type { FromDataWorker, ToDataWorker } from './protocol.ts';
import { ServerWatch } from './server-watch.ts';

declare const self: DedicatedWorkerGlobalScope;

const watch = new ServerWatch({
  ask: () => askHealth((address, options) => self.fetch(address, options)),
  report: (reachability) => {
    send({ type: 'event', name: 'reachability', value: reachability });
  },
  chance: () => Math.random(),
  timer: {
    set: (run, delay_ms) => self.setTimeout(run, delay_ms),
    clear: (timer) => {
      self.clearTimeout(timer);
    },
  },
});

function send(message: FromDataWorker): void {
  self.postMessage(message);
}

self.addEventListener('message', (event: MessageEvent<ToDataWorker>) => {
  if (event.data.type === 'visibility') watch.setVisible(event.data.visible);
});

self.addEventListener('online', () => void watch.tryNow());
self.addEventListener('offline', () => void watch.tryNow());
