import type { Dictionary } from './fr.ts';

export const en = {
  'app.offline': 'Offline',
  'app.version': 'Escale {version}',
  'app.serverVersion': 'Server {version}',

  'welcome.title': 'This device has not joined an association',
  'welcome.ask.title': 'Ask for a join link',
  'welcome.ask.body': 'The person who administers Escale in your association can give you one.',
  'welcome.nothingKept.title': 'Nothing personal here',
  'welcome.nothingKept.body':
    'This device keeps only the app, and your choices of language and light.',

  'offline.preparing.title': 'Getting ready to open without a network',
  'offline.preparing.starting': 'Keep this page open. It takes only a few seconds.',
  'offline.preparing.files': 'Files verified: {done} of {total}. Keep this page open.',
  'offline.ready.title': 'Ready to open without a network',
  'offline.ready.body': 'The app is on this device. Every file was verified.',
  'offline.notReady.title': 'Not ready without a network yet',
  'offline.interrupted.body':
    'The network was missing while getting ready. Files already verified stay. Tap “Try” when it is back.',
  'offline.refused.body':
    'A file that arrived is not the right one; nothing was kept. Tap “Try”. If it happens again, tell the person who administers Escale.',
  'offline.retry': 'Try',
  'offline.impossible.title': 'Will not open without a network',
  'offline.unsupported.body':
    'This browser cannot keep the app, or its window is private. Open this address in an ordinary window of an up-to-date Chrome, Edge, Firefox or Safari.',
  'offline.insecure.body':
    'This address is not protected. Ask the person who administers Escale for the https address.',

  'install.title': 'Escale within reach',
  'install.body': 'Its icon on this device, and the whole screen to work with.',
  'install.action': 'Install',

  'update.title': 'A new version is ready',
  'update.body': 'Nothing changes until you reload.',
  'update.action': 'Reload',

  'unexpected.title': 'Something unexpected happened',
  'unexpected.body':
    'Nothing was sent. Reload the page. If it happens again, tell the person who administers Escale the time and what you were doing.',
  'unexpected.action': 'Reload',

  'settings.toLight': 'Day',
  'settings.toDark': 'Night',
  'settings.otherLanguage': 'Français',
} satisfies Dictionary;
