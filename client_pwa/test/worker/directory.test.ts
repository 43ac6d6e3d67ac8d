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

const OUTLINE = {
  type: 'Polygon',
  coordinates: [
    [
      [2.36, 48.88],
      [2.37, 48.88],
      [2.37, 48.89],
      [2.36, 48.88],
    ],
  ],
} as const;

test('the outline of a zone is GeoJSON on the line, a text where it is written, and there where a zone is chosen', async () => {
  const lines = [{ ...STALINGRAD, area: OUTLINE }, DIRECTORY.zone[1]];
  association.server.fault = ({ method, path }) => {
    if (!path.startsWith('/v1/directory')) return null;
    return Response.json(method === 'PUT' ? {} : { ...DIRECTORY, zone: lines });
  };
  await odile.sync();
  await odile.reopen();
  const { zones } = await odile.call('view.directory', null);
  expect(zones.map(({ area }) => area)).toEqual([OUTLINE, null]);
  const { zone } = await odile.call('view.lines', null);
  const texts = zone.map(({ values }) => values['area']);
  expect(texts).toEqual([JSON.stringify(OUTLINE), null]);
  for (const area of texts) {
    await odile.call('directory.write', {
      ...WRITTEN,
      values: { name: 'Quai', area: area ?? null },
    });
  }
  const bodies = writes().map(({ body }) => JSON.parse(new TextDecoder().decode(body)) as unknown);
  expect(bodies).toEqual([
    { name: 'Quai', area: OUTLINE },
    { name: 'Quai', area: null },
  ]);
});

test('an outline that is no JSON is refused before it is sent', async () => {
  answers(() => Response.json({}));
  const values = { name: 'Quai', area: '{"type":' };
  expect(await odile.refused('directory.write', { ...WRITTEN, values })).toBe('line_refused');
  expect(writes()).toEqual([]);
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
