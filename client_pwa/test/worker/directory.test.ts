/** Zones and structures from the browser: written on the server or not at all, and never over another version. */
import { beforeEach, expect, test } from 'vitest';
import { Association, type Tablet } from './kit.ts';
import { type Asked, DIRECTORY, type Fault, problem } from './server.ts';

const [STALINGRAD] = DIRECTORY.zone;
const WRITTEN = {
  kind: 'zone',
  id: STALINGRAD?.id ?? '',
  version: 1,
  values: { name: 'Quai' },
} as const;
let association: Association;
let odile: Tablet;

beforeEach(async () => {
  association = await Association.found();
  odile = await association.administrator();
});

/** The server's answer to a line that is written. */
function answers(answer: () => Fault): void {
  association.server.fault = ({ method, path }) =>
    method === 'PUT' && path.startsWith('/v1/directory/') ? answer() : null;
}

function writes(): Asked[] {
  return association.server.asked.filter(({ path }) => path.startsWith('/v1/directory/'));
}

test("every line of each kind is shown with its version and the catalogue's fields", async () => {
  const lines = await odile.call('view.lines', null);
  expect(lines.zone.map(({ values }) => values['name'])).toEqual(
    DIRECTORY.zone.map(({ name }) => name),
  );
  expect(lines.structure[0]?.values).toMatchObject({
    type: 'assore',
    decide_h: 48,
    capacity: null,
  });
  expect(lines.site).toEqual([]);
});

test('a line is asked of the server as it was typed', async () => {
  answers(() => Response.json({}));
  await odile.call('directory.write', WRITTEN);
  const [asked] = writes();
  expect(asked?.path).toBe(`/v1/directory/zone/${WRITTEN.id}`);
  expect(new TextDecoder().decode(asked?.body)).toBe('{"name":"Quai"}');
});

test.each([
  ['without a network', () => 'down' as const, 'server_unreached'],
  ['over another version', () => problem(412, 'line_changed'), 'line_changed'],
  [
    'with a field that the catalogue refuses',
    () => problem(422, 'invalid_request'),
    'line_refused',
  ],
  ['by somebody who does not administer', () => problem(403, 'role_missing'), 'refused'],
])('a line written %s says so, and nothing of it stays here', async (_, answer, expected) => {
  const before = await odile.call('view.lines', null);
  answers(answer);
  expect(await odile.refused('directory.write', WRITTEN)).toBe(expected);
  expect(await odile.call('view.lines', null)).toEqual(before);
});
