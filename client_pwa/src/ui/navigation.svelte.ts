import { hashOf, routeIn, routeTo, type Route } from './routes.ts';

/** The part of the browser's history that moving around needs. */
export type History = {
  readonly hash: () => string;
  readonly depth: () => number;
  readonly push: (hash: string, depth: number) => void;
  readonly replace: (hash: string, depth: number) => void;
  readonly back: () => void;
};

/** Where the worker is, and the way back. */
export class Navigation {
  readonly #history: History;
  /** Null until an address says where, or the worker's work does. */
  current: Route | null = $state(null);

  constructor(history: History) {
    this.#history = history;
    this.follow();
  }

  /** The address changed: by the browser's own Back, or by hand. */
  follow(): void {
    this.current = routeIn(this.#history.hash());
  }

  go(route: Route): void {
    this.#history.push(hashOf(route), this.#history.depth() + 1);
    this.current = route;
  }

  /** Takes the place of where we are, so that Back does not come here again. */
  replace(route: Route): void {
    this.#history.replace(hashOf(route), this.#history.depth());
    this.current = route;
  }

  /** Back to where we were in the app, or to `otherwise` when the app was opened right here. */
  back(otherwise: Route = routeTo('patrol')): void {
    if (this.#history.depth() > 0) this.#history.back();
    else this.replace(otherwise);
  }
}

export function historyIn(browser: Window): History {
  const stateOf = (): unknown => browser.history.state;
  return {
    hash: () => browser.location.hash,
    depth: () => {
      const state = stateOf();
      if (typeof state !== 'object' || state === null || !('depth' in state)) return 0;
      return typeof state.depth === 'number' ? state.depth : 0;
    },
    push: (hash, depth) => {
      browser.history.pushState({ depth }, '', hash);
    },
    replace: (hash, depth) => {
      browser.history.replaceState({ depth }, '', hash);
    },
    back: () => {
      browser.history.back();
    },
  };
}
