import { expect, test } from 'vitest';
import { askHealth } from '../src/worker/reach.ts';

const answering = (body: unknown, status = 200) =>
  askHealth(() => Promise.resolve(Response.json(body, { status })));

test('the server that answers is reached, with its version when it says one', async () => {
  expect(await answering({ version: '1.2.3' })).toEqual({
    state: 'reached',
    serverVersion: '1.2.3',
  });
  expect(await answering({})).toEqual({ state: 'reached', serverVersion: null });
  expect(await answering({ version: 'x'.repeat(41) })).toMatchObject({ serverVersion: null });
});

test('a server that is not well is not reached', async () => {
  expect(await answering({ version: '1.2.3' }, 503)).toEqual({ state: 'unreached' });
});

test('a hotspot that answers its own page is not the server', async () => {
  const hotspot = () => Promise.resolve(new Response('<html>Connectez-vous</html>'));
  expect(await askHealth(hotspot)).toEqual({ state: 'unreached' });
  expect(await answering(['ok'])).toEqual({ state: 'unreached' });
  expect(await answering(null)).toEqual({ state: 'unreached' });
});

test('no network is an answer, not an error', async () => {
  const down = () => Promise.reject(new TypeError('Failed to fetch'));
  expect(await askHealth(down)).toEqual({ state: 'unreached' });
});

test('the attempt sends nothing of the device, keeps nothing and gives up in the end', async () => {
  let sent: RequestInit = {};
  await askHealth((_, options) => {
    sent = options;
    return Promise.resolve(Response.json({}));
  });
  expect(sent).toMatchObject({ cache: 'no-store', credentials: 'omit', redirect: 'error' });
  expect(sent.signal).toBeInstanceOf(AbortSignal);
});
