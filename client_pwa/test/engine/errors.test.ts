/** What the server's problems become: one closed union, whatever the body holds. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refusalOf } from '../../src/engine/errors.ts';

const ID = 'ab'.repeat(32);

test.each([
  [
    { code: 'bad_fact', index: 3, op_id: ID, name: 'size' },
    { code: 'bad_fact', index: 3, opId: ID, name: 'size' },
  ],
  [{ code: 'bad_header' }, { code: 'bad_header', index: null, opId: null, name: null }],
  [
    { code: 'bad_control', index: '1', op_id: 'AB', name: 4 },
    { code: 'bad_control', index: null, opId: null, name: null },
  ],
  [
    { code: 'stream_moved', next_seq: 1, head: ID },
    { code: 'stream_moved', nextSeq: 1, head: ID },
  ],
  [
    { code: 'already_logged', op_ids: [ID, 5, 'x'] },
    { code: 'already_logged', opIds: [ID] },
  ],
  [
    { code: 'already_logged', op_ids: 'x' },
    { code: 'already_logged', opIds: [] },
  ],
  [
    { code: 'epoch_conflict', epoch: 2 },
    { code: 'epoch_conflict', epoch: 2 },
  ],
  [
    { code: 'log_mismatch', cursor: 9 },
    { code: 'log_mismatch', cursor: 9 },
  ],
  [
    { code: 'too_many_requests', retry_after: 30 },
    { code: 'too_many_requests', retryAfter_s: 30 },
  ],
  [{ code: 'too_large', title: 'x', index: 1 }, { code: 'too_large' }],
])('a problem is read with the details of its code: %j', (body, refusal) => {
  expect(refusalOf(body)).toEqual(refusal);
});

test.each([
  null,
  'a page',
  5,
  [],
  {},
  { code: 5 },
  { code: 'of_the_future' },
  { code: 'toString' },
])('anything else says nothing about the request, so the client waits: %j', (body) => {
  expect(refusalOf(body)).toEqual({ code: 'unavailable', retryAfter_s: null });
});

const PYTHON = join(import.meta.dirname, '..', '..', '..', 'sync', 'errors.py');

test('every code of the Python engine is known here', () => {
  const codes = Array.from(
    readFileSync(PYTHON, 'utf8').matchAll(/^ {4}code = "(\w+)"$/gm),
    ([, code]) => code,
  );
  expect(globSync(PYTHON)).toHaveLength(1);
  expect(codes.length).toBeGreaterThan(15);
  for (const code of codes) expect(refusalOf({ code }).code).toBe(code);
});
