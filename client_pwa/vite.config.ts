import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };
import { serviceWorker } from './vite/service-worker.ts';

/** `--mode fake` puts a data worker in memory behind the screens; no other mode knows of it. */
const fake = {
  find: /^\.\/worker\/client\.ts$/,
  replacement: `${import.meta.dirname}/test/fake/client.ts`,
};

export default defineConfig(({ mode }) => ({
  plugins: [svelte({ configFile: false }), serviceWorker({ entry: 'src/sw/service-worker.ts' })],
  define: { __APP_VERSION__: JSON.stringify(manifest.version) },
  resolve: { alias: mode === 'fake' ? [fake] : [] },
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
    include: ['test/**/*.test.ts'],
    testTimeout: 5_000,
  },
}));
