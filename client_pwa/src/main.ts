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
import { Display } from './ui/display.svelte.ts';
import { Shell, type InstallOffer } from './ui/shell.svelte.ts';
import { startDataWorker } from './worker/client.ts';

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
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

followErrors();
followBrowser();
mount(App, { target: document.body, props: { display, shell } });
clock.start();
followServer();
if (copy) void copy.prepare();
else shell.offline = { state: isSecureContext ? 'unsupported' : 'insecure' };

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
  const dataWorker = startDataWorker(trustedScript);
  dataWorker.on('reachability', (reachability) => {
    shell.reachability = reachability;
  });
  const follow = (): void => {
    const visible = document.visibilityState === 'visible';
    dataWorker.setVisible(visible);
    if (visible) void copy?.lookForUpdate(Date.now());
  };
  document.addEventListener('visibilitychange', follow);
  follow();
}
