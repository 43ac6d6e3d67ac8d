import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };
import { serviceWorker } from './vite/service-worker.ts';

/** `--mode fake` puts a data worker in memory behind the screens; no other mode knows of it. */
const fake = {
  find: /^\.\/worker\/client\.ts$/,
  replacement: `${import.meta.dirname}/test/fake/client.ts`,
};

/** slip39 is written for Node: in the app, `crypto` is a file of ours, and `Buffer.from` an array of bytes. */
const inBrowser = {
  alias: { find: /^crypto$/, replacement: `${import.meta.dirname}/src/vault/node-crypto.ts` },
  define: { 'Buffer.from': 'Uint8Array.from' },
};

/** The tests that put other modules in the place of ours: each in a process of its own. The others share theirs. */
const ALONE = ['test/vault.test.ts', 'test/engine/attacks*.test.ts'];

export default defineConfig(({ command, mode }) => ({
  plugins: [svelte({ configFile: false }), serviceWorker({ entry: 'src/sw/service-worker.ts' })],
  define: {
    __APP_VERSION__: JSON.stringify(manifest.version),
    ...(command === 'build' ? inBrowser.define : {}),
  },
  resolve: {
    alias: [...(command === 'build' ? [inBrowser.alias] : []), ...(mode === 'fake' ? [fake] : [])],
  },
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    // The content policy allows no `data:` address, so nothing is inlined as one.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One small file to verify and keep, rather than one for each screen.
    cssCodeSplit: false,
  },
  test: {
    setupFiles: ['test/cheap-codes.ts'],
    testTimeout: 20_000,
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          isolate: false,
          restoreMocks: true,
        },
      },
    ],
  },
}));
