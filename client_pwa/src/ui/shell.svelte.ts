import type { Reachability } from '../worker/protocol.ts';

/** How the copy of the app stands, that opens it without a network. */
export type OfflineState =
  | { readonly state: 'preparing'; readonly done: number; readonly total: number }
  | { readonly state: 'ready' | 'interrupted' | 'refused' | 'unsupported' | 'insecure' };

/** What the browser offers when it can install the app; usable once. */
export type InstallOffer = { readonly prompt: () => Promise<unknown> };

/** What the worker may ask of the shell. */
export type ShellActions = {
  readonly prepareOffline: () => void;
  readonly useUpdate: () => void;
  readonly reload: () => void;
};

/** The state of the app around its screens. */
export class Shell {
  readonly actions: ShellActions;
  reachability: Reachability = $state({ state: 'unknown' });
  offline: OfflineState = $state({ state: 'preparing', done: 0, total: 0 });
  installOffer: InstallOffer | null = $state(null);
  updateReady = $state(false);
  unexpected = $state(false);

  constructor(actions: ShellActions) {
    this.actions = actions;
  }

  install(): void {
    void this.installOffer?.prompt();
    this.installOffer = null;
  }
}
