/** The area of a zone as somebody chose or pasted it. */
import { expect, test } from 'vitest';
import { areaIn, pointsOf, POINTS_MOST } from '../src/ui/area.ts';

const RING = [
  [2.36, 48.88],
  [2.37, 48.88],
  [2.37, 48.89],
  [2.36, 48.88],
];
const POLYGON = { type: 'Polygon', coordinates: [RING] };
const PARTS = { type: 'MultiPolygon', coordinates: [[RING], [RING, RING]] };

function feature(geometry: unknown): unknown {
  return { type: 'Feature', properties: { name: 'Stalingrad', author: 'Awa' }, geometry };
}

function read(found: unknown): unknown {
  return areaIn(JSON.stringify(found));
}

test('a geometry, a feature and a collection of one feature are all one area', () => {
  for (const geometry of [POLYGON, PARTS]) {
    const collection = { type: 'FeatureCollection', features: [feature(geometry)] };
    for (const found of [geometry, feature(geometry), collection]) {
      expect(read(found)).toEqual(geometry);
    }
  }
});

test('nothing but where it is stays: no name, no height, no box', () => {
  const high = RING.map((point) => [...point, 35]);
  const found = { ...POLYGON, coordinates: [high], bbox: [2.36, 48.88, 2.37, 48.89], id: 'x' };
  expect(read(feature(found))).toEqual(POLYGON);
});

test('each point is counted once', () => {
  const [area, parts] = [areaIn(JSON.stringify(POLYGON)), areaIn(JSON.stringify(PARTS))];
  expect([area && pointsOf(area), parts && pointsOf(parts)]).toEqual([3, 9]);
});

test.each([
  ['no JSON', 'Stalingrad'],
  ['nothing', ''],
  ['null', 'null'],
  ['a point', JSON.stringify({ type: 'Point', coordinates: [2.36, 48.88] })],
  ['two features', JSON.stringify({ type: 'FeatureCollection', features: [POLYGON, POLYGON] })],
  ['no ring', JSON.stringify({ type: 'Polygon', coordinates: [] })],
  ['an open ring', JSON.stringify({ ...POLYGON, coordinates: [[...RING.slice(0, 3), [2, 48]]] })],
  ['a ring too short', JSON.stringify({ ...POLYGON, coordinates: [[RING[0], RING[1], RING[0]]] })],
  ['metres', JSON.stringify({ ...POLYGON, coordinates: [RING.map(([x]) => [x, 6_862_000])] })],
  ['words for numbers', JSON.stringify({ ...POLYGON, coordinates: [RING.map(() => ['2', '4'])] })],
])('%s is no area', (_, text) => {
  expect(areaIn(text)).toBeNull();
});

test('as many points as the server takes are an area, and one more is none', () => {
  const points = (count: number): unknown => {
    const inside = Array.from({ length: count - 2 }, (_, at) => [2 + at / 10_000, 48]);
    return { type: 'Polygon', coordinates: [[[2, 49], ...inside, [2, 49]]] };
  };
  expect(read(points(POINTS_MOST))).not.toBeNull();
  expect(read(points(POINTS_MOST + 1))).toBeNull();
});
