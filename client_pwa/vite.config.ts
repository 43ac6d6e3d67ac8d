import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };
import { serviceWorker } from './vite/service-worker.ts';

export default defineConfig({
  plugins: [svelte({ configFile: false }), serviceWorker({ entry: 'src/sw/service-worker.ts' })],
  define: { __APP_VERSION__: JSON.stringify(manifest.version) },
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
});
