import { expect, test } from 'vitest';
import { checkedAddress } from '../src/trusted-script.ts';

test('the scripts of this app are passed', () => {
  expect(checkedAddress('/service-worker.js')).toBe('/service-worker.js');
  expect(checkedAddress('/assets/worker-BlFvgfjq.js')).toBe('/assets/worker-BlFvgfjq.js');
});

test.each([
  'https://elsewhere.example/assets/worker.js',
  '//elsewhere.example/assets/worker.js',
  '/assets/../v1/worker.js',
  '/v1/worker.js',
  'data:text/javascript,1',
  'blob:https://escale.example/1',
  '/assets/worker.js?callback=x',
  '/service-worker.js\n',
])('%j is not', (address) => {
  expect(() => checkedAddress(address)).toThrow(TypeError);
});
