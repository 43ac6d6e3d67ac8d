/** Builds `check.ts` into `.dev/vectors/check.js`, one module that a browser's page imports: `npm run vectors:bundle`. */
import { join } from 'node:path';
import { defineConfig } from 'vite';

export default defineConfig({
  publicDir: false,
  build: {
    target: 'es2023',
    outDir: join(import.meta.dirname, '..', '..', '..', '.dev', 'vectors'),
    emptyOutDir: true,
    lib: {
      entry: join(import.meta.dirname, 'check.ts'),
      formats: ['es'],
      fileName: () => 'check.js',
    },
    rolldownOptions: { output: { codeSplitting: false } },
  },
});
