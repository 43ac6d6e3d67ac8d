/** What the service worker tells every open page while it installs a version. */
export type ToPage =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'refused' };

/** What a page asks of a waiting version: to take over now, because the worker tapped. */
export type ToServiceWorker = { readonly type: 'activate' };
