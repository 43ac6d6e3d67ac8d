/** Where the page, the service worker and the data worker meet. */
import './ui/styles/tokens.css';
import './ui/styles/base.css';
import './ui/styles/components.css';
import { mount } from 'svelte';
import { OfflineCopy } from './sw/offline-copy.ts';
import { trustedScript } from './trusted-script.ts';
import App from './ui/App.svelte';
import { choicesIn } from './ui/choices.ts';
import { Clock } from './ui/clock.svelte.ts';
import { Device } from './ui/device.svelte.ts';
import { Display } from './ui/display.svelte.ts';
import { Drafts } from './ui/drafts.svelte.ts';
import { Notes } from './ui/notes.svelte.ts';
import { letGoToast } from './ui/erasure.ts';
import { IdleLock } from './ui/idle.ts';
import { keepForGood } from './ui/keep-for-good.ts';
import { historyIn, Navigation } from './ui/navigation.svelte.ts';
import { type CarriedLink, carriedLinkIn } from './ui/routes.ts';
import { hexOf } from './ui/set-name.ts';
import { Shell, type InstallOffer } from './ui/shell.svelte.ts';
import { Toasts } from './ui/toasts.svelte.ts';
import { startDataWorker } from './worker/client.ts';

const carried = takeLink();

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const isWide = matchMedia('(min-width: 75em)');
const timer = {
  set: (run: () => void, delay_ms: number) => setTimeout(run, delay_ms),
  clear: (planned: unknown) => {
    clearTimeout(planned as number);
  },
};
const worker = startDataWorker(trustedScript);
const clock = new Clock(() => Date.now());
const display = new Display({
  choices: choicesIn(() => localStorage),
  clock,
  languages: navigator.languages,
  prefersDark: prefersDark.matches,
});
const shell = new Shell({
  prepareOffline: () => void copy?.prepare(),
  useUpdate: () => copy?.useUpdate(),
  reload,
});
const copy = 'serviceWorker' in navigator ? offlineCopyIn(navigator.serviceWorker) : undefined;
const device = new Device(worker, () => void keepForGood(navigator.storage));
const navigation = new Navigation(historyIn(window));
const toasts = new Toasts(timer);
const kept = {
  worker,
  attempt: <T>(call: Promise<T>) => toasts.attempt(call),
  letGo: () => {
    toasts.show(letGoToast(display));
  },
};
const drafts = new Drafts({
  ...kept,
  now: () => Date.now(),
  newId: () => hexOf(crypto.getRandomValues(new Uint8Array(8))),
});
const notes = new Notes(kept);
const idle = new IdleLock({ now: () => Date.now(), timer, lock });

followErrors();
followBrowser();
mount(App, {
  target: document.body,
  props: { device, display, drafts, navigation, notes, shell, toasts, worker },
});
clock.start();
followServer();
followVault();
if (copy) void copy.prepare();
else shell.offline = { state: isSecureContext ? 'unsupported' : 'insecure' };

/** The link holds a secret: it leaves the address before anything else happens. */
function takeLink(): CarriedLink | null {
  const link = carriedLinkIn(location.hash);
  if (link !== null) history.replaceState(null, '', location.pathname);
  return link;
}

async function followLink(link: CarriedLink | null): Promise<void> {
  if (link !== null) await device.ask({ name: link.name, ask: { link: link.link } });
}

function reload(): void {
  location.reload();
}

function offlineCopyIn(container: ServiceWorkerContainer): OfflineCopy {
  const listener = {
    onState: (state: Shell['offline']) => {
      shell.offline = state;
    },
    onUpdate: () => {
      shell.updateReady = true;
    },
  };
  return new OfflineCopy(container, trustedScript('/service-worker.js'), listener, reload);
}

/** The screen says that something failed; what failed is told to nobody. */
function followErrors(): void {
  const onError = (): void => {
    shell.unexpected = true;
  };
  addEventListener('error', onError);
  addEventListener('unhandledrejection', onError);
}

function followBrowser(): void {
  prefersDark.addEventListener('change', (event) => {
    display.prefersDark = event.matches;
  });
  display.wide = isWide.matches;
  isWide.addEventListener('change', (event) => {
    display.wide = event.matches;
  });
  addEventListener('popstate', () => {
    void followLink(takeLink());
    navigation.follow();
  });
  addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    shell.installOffer = event as Event & InstallOffer;
  });
  addEventListener('appinstalled', () => {
    shell.installOffer = null;
  });
}

/** The server is asked, for itself or for a newer version, only while the app is looked at. */
function followServer(): void {
  worker.on('reachability', (reachability) => {
    shell.reachability = reachability;
  });
  const follow = (): void => {
    const visible = document.visibilityState === 'visible';
    worker.setVisible(visible);
    if (visible) void copy?.lookForUpdate(Date.now());
  };
  document.addEventListener('visibilitychange', follow);
  follow();
}

/** An open vault that nobody touches or looks at is locked. */
function followVault(): void {
  worker.on('device', ({ state }) => {
    if (state !== 'open') {
      idle.stop();
      drafts.forget();
      notes.forget();
      toasts.dismiss();
    }
  });
  const touch = (): void => {
    if (device.me) idle.touch();
  };
  for (const sign of ['pointerdown', 'keydown', 'wheel'] as const) {
    addEventListener(sign, touch, { passive: true });
  }
  document.addEventListener('visibilitychange', () => {
    if (device.me) idle.show(document.visibilityState === 'visible');
  });
  void begin();
}

async function begin(): Promise<void> {
  await device.start();
  touchWhenOpen();
  await followLink(carried);
}

function touchWhenOpen(): void {
  if (device.me) idle.touch();
}

function lock(): void {
  void device.lock();
}
