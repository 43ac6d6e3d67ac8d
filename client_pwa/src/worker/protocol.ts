/**
 * What the page and the data worker say to each other. The page reaches nothing but through here.
 *
 * | from   | message        | meaning                                                     |
 * |--------|----------------|-------------------------------------------------------------|
 * | page   | `visibility`   | the app is looked at, or no longer: the server is asked only then |
 * | worker | `reachability` | what the last attempt to reach the server showed            |
 */
export type ToDataWorker = { readonly type: 'visibility'; readonly visible: boolean };

/** `unknown` until the first attempt ends: the browser's own opinion is not asked. */
export type Reachability =
  | { readonly state: 'unknown' }
  | { readonly state: 'reached'; readonly serverVersion: string | null }
  | { readonly state: 'unreached' };

export type FromDataWorker = {
  readonly type: 'reachability';
  readonly reachability: Reachability;
};
