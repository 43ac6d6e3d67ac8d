import { expect, test } from 'vitest';
import type { ToPage } from '../src/sw/messages.ts';
import { OfflineCopy } from '../src/sw/offline-copy.ts';

class Version extends EventTarget {
  readonly received: unknown[] = [];
  state = 'installing';

  postMessage(message: unknown): void {
    this.received.push(message);
  }

  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

class Registration extends EventTarget {
  installing: Version | null = null;
  waiting: Version | null = null;
  active: Version | null = null;
  updates = 0;

  update(): Promise<void> {
    this.updates += 1;
    return Promise.reject(new TypeError('no network'));
  }

  find(version: Version): void {
    this.installing = version;
    this.dispatchEvent(new Event('updatefound'));
  }
}

class Container extends EventTarget {
  controller: Version | null = null;
  register: () => Promise<Registration>;

  constructor(registration: Registration) {
    super();
    this.register = () => Promise.resolve(registration);
  }

  say(message: ToPage): void {
    this.dispatchEvent(new MessageEvent('message', { data: message }));
  }
}

/** A page beside a browser whose service worker container is in the hands of the test. */
function page(change: (registration: Registration, container: Container) => void) {
  const registration = new Registration();
  const container = new Container(registration);
  change(registration, container);
  const seen: string[] = [];
  const copy = new OfflineCopy(
    container as unknown as ServiceWorkerContainer,
    '/service-worker.js',
    {
      onState: (offline) => {
        const { state } = offline;
        seen.push(state === 'preparing' ? `${offline.done}/${offline.total}` : state);
      },
      onUpdate: () => seen.push('update'),
    },
    () => seen.push('reload'),
  );
  return { registration, container, copy, seen };
}

const nothing = (): void => undefined;

test('a first visit shows its progress and ends ready', async () => {
  const first = new Version();
  const { registration, container, copy, seen } = page((known) => (known.installing = first));
  await copy.prepare();
  container.say({ type: 'progress', done: 3, total: 9 });
  registration.active = first;
  first.become('activated');
  container.dispatchEvent(new Event('controllerchange'));
  expect(seen).toEqual(['0/0', '3/9', 'ready']);
});

test('a page that the copy itself opened is ready from its first moment', () => {
  const { copy, seen } = page((_, browser) => (browser.controller = new Version()));
  void copy.prepare();
  expect(seen).toEqual(['ready']);
});

test('a first visit cut by the network is interrupted, and can be taken up again', async () => {
  const first = new Version();
  const { registration, copy, seen } = page((known) => (known.installing = first));
  await copy.prepare();
  first.become('redundant');
  registration.active = new Version();
  await copy.prepare();
  expect(seen).toEqual(['0/0', 'interrupted', '0/0', 'ready']);
});

test('a wrong file is told as refused, not as a missing network', async () => {
  const first = new Version();
  const { container, copy, seen } = page((known) => (known.installing = first));
  await copy.prepare();
  container.say({ type: 'refused' });
  first.become('redundant');
  expect(seen).toEqual(['0/0', 'refused']);
});

test('a refused newer version is not spoken of: the one before goes on working', async () => {
  const { registration, container, copy, seen } = page((known) => (known.active = new Version()));
  await copy.prepare();
  const newer = new Version();
  registration.find(newer);
  container.say({ type: 'refused' });
  newer.become('redundant');
  expect(seen).toEqual(['0/0', 'ready']);
});

test('a newer version waits until the worker asks, then the page opens again', async () => {
  const { registration, container, copy, seen } = page((known, browser) => {
    known.active = browser.controller = new Version();
  });
  await copy.prepare();
  const newer = new Version();
  registration.find(newer);
  registration.waiting = newer;
  newer.become('installed');
  expect(newer.received).toEqual([]);
  copy.useUpdate();
  expect(newer.received).toEqual([{ type: 'activate' }]);
  expect(seen).not.toContain('reload');
  container.dispatchEvent(new Event('controllerchange'));
  expect(seen).toEqual(['ready', 'ready', 'update', 'reload']);
});

test('a newer version taken in another tab does not reload this one', async () => {
  const { container, copy, seen } = page((known, browser) => {
    known.active = browser.controller = new Version();
  });
  await copy.prepare();
  container.dispatchEvent(new Event('controllerchange'));
  expect(seen).toEqual(['ready', 'ready', 'update']);
  copy.useUpdate();
  expect(seen).toContain('reload');
});

test('a browser that forbids it and a network that fails are told apart', async () => {
  const forbidden = page((_, browser) => {
    browser.register = () => Promise.reject(new DOMException('no', 'SecurityError'));
  });
  await forbidden.copy.prepare();
  expect(forbidden.seen).toEqual(['0/0', 'unsupported']);
  const cut = page((_, browser) => {
    browser.register = () => Promise.reject(new TypeError('no'));
  });
  await cut.copy.prepare();
  expect(cut.seen).toEqual(['0/0', 'interrupted']);
});

test('a newer version is looked for at most once an hour, and a failure is nothing', async () => {
  const { registration, copy } = page(nothing);
  await copy.lookForUpdate(0);
  expect(registration.updates).toBe(0);
  await copy.prepare();
  for (const now_ms of [0, 3_599_999, 3_600_000]) await copy.lookForUpdate(now_ms);
  expect(registration.updates).toBe(2);
});
