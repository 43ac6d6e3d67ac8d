/**
 * The page's side of the service worker: asks for the copy of the app, and says how it stands.
 *
 * A new version waits. It takes over only through `useUpdate`, called at the worker's tap, and
 * only the page that asked is reloaded: another open page may hold unfinished work.
 */
import type { ToPage, ToServiceWorker } from './messages.ts';

export type OfflineState =
  | { readonly state: 'preparing'; readonly done: number; readonly total: number }
  | { readonly state: 'ready' }
  | { readonly state: 'interrupted' }
  | { readonly state: 'refused' }
  | { readonly state: 'unsupported' };

export type OfflineListener = {
  readonly onState: (state: OfflineState) => void;
  readonly onUpdate: () => void;
};

const READY: OfflineState = { state: 'ready' };
const PREPARING: OfflineState = { state: 'preparing', done: 0, total: 0 };
const UPDATE_CHECK_MS_MIN = 60 * 60 * 1000;

export class OfflineCopy {
  readonly #container: ServiceWorkerContainer;
  readonly #script: string;
  readonly #listener: OfflineListener;
  readonly #reload: () => void;
  #registration: ServiceWorkerRegistration | undefined;
  #controlled: boolean;
  #refused = false;
  #asked = false;
  #checkedAt_ms = -Infinity;

  constructor(
    container: ServiceWorkerContainer,
    script: string,
    listener: OfflineListener,
    reload: () => void,
  ) {
    this.#container = container;
    this.#script = script;
    this.#listener = listener;
    this.#reload = reload;
    this.#controlled = container.controller !== null;
    container.addEventListener('message', (event) => {
      this.#onMessage(event.data as ToPage);
    });
    container.addEventListener('controllerchange', () => {
      this.#onTakeOver();
    });
  }

  /** Starts or takes up again the preparation. Never rejects: the state says how it went. */
  async prepare(): Promise<void> {
    this.#refused = false;
    this.#listener.onState(this.#controlled ? READY : PREPARING);
    try {
      const options = { scope: '/', updateViaCache: 'none' } as const;
      this.#follow(await this.#container.register(this.#script, options));
    } catch (error) {
      const blocked = error instanceof DOMException && error.name === 'SecurityError';
      this.#listener.onState({ state: blocked ? 'unsupported' : 'interrupted' });
    }
  }

  /** Asks the server for a newer version, at most once an hour; without a network, nothing. */
  async lookForUpdate(now_ms: number): Promise<void> {
    if (!this.#registration || now_ms - this.#checkedAt_ms < UPDATE_CHECK_MS_MIN) return;
    this.#checkedAt_ms = now_ms;
    await this.#registration.update().catch(() => undefined);
  }

  /** Lets the waiting version take over and opens the page again with it. */
  useUpdate(): void {
    this.#asked = true;
    const waiting = this.#registration?.waiting;
    if (waiting) waiting.postMessage({ type: 'activate' } satisfies ToServiceWorker);
    else this.#reload();
  }

  #follow(registration: ServiceWorkerRegistration): void {
    if (this.#registration !== registration) {
      this.#registration = registration;
      registration.addEventListener('updatefound', () => {
        this.#followVersion(registration.installing);
      });
    }
    if (registration.active) this.#listener.onState(READY);
    if (registration.active && registration.waiting) this.#listener.onUpdate();
    this.#followVersion(registration.installing);
  }

  #followVersion(version: ServiceWorker | null): void {
    version?.addEventListener('statechange', () => {
      this.#onVersionState(version.state);
    });
  }

  #onVersionState(state: ServiceWorkerState): void {
    const active = this.#registration?.active;
    if (state === 'installed' && active) this.#listener.onUpdate();
    if (state === 'activated') this.#listener.onState(READY);
    if (state === 'redundant' && !active && !this.#refused) {
      this.#listener.onState({ state: 'interrupted' });
    }
  }

  #onMessage(message: ToPage): void {
    if (this.#registration?.active) return;
    if (message.type === 'refused') {
      this.#refused = true;
      this.#listener.onState({ state: 'refused' });
    } else {
      this.#listener.onState({ state: 'preparing', done: message.done, total: message.total });
    }
  }

  #onTakeOver(): void {
    if (this.#asked) this.#reload();
    else if (this.#controlled) this.#listener.onUpdate();
    this.#controlled = true;
  }
}
