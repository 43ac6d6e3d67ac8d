/** The calls about what every team must know before it goes out. */
import type { Handlers } from './handlers.ts';
import { liftNotice, readNotice, writeNotice } from './notices.ts';
import type { OpenVault } from './open-vault.ts';
import { notices } from './views/notices.ts';

/** `opened` throws CallProblem while the vault is closed. */
export function noticeCalls(opened: () => OpenVault) {
  return {
    'view.notices': () => {
      const { session } = opened();
      return opened().view((reading, now) => notices(reading, session.worker, now));
    },
    'notice.write': (ask) => opened().save((scene) => writeNotice(scene, ask)),
    'notice.lift': (ask) => opened().save((scene) => liftNotice(scene, ask)),
    'notice.read': (ask) => opened().save((scene) => readNotice(scene, ask)),
  } satisfies Partial<Handlers>;
}
