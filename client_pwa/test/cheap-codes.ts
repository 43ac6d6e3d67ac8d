/**
 * Before every test file: a code costs nothing to try. Its real cost is tried in `vault.test.ts`, which takes this
 * away; elsewhere each unlock would pay it, and nothing else that is promised hangs on it.
 */
import { vi } from 'vitest';
import { type Bytes, join } from '../src/engine/bytes.ts';

vi.mock('hash-wasm', () => ({
  argon2id: async ({ password, salt }: { readonly password: string; readonly salt: Bytes }) =>
    new Uint8Array(
      await crypto.subtle.digest('SHA-256', join(new TextEncoder().encode(password), salt)),
    ),
}));
