/** The tablet's position becomes a zone and nothing else. */
import { expect, test } from 'vitest';
import { findZone, zoneAt } from '../src/ui/position.ts';
import type { Area, ZoneLine } from '../src/worker/protocol.ts';
import { readSources } from './sources.ts';

function ring(west: number, south: number, size: number): [number, number][] {
  const [east, north] = [west + size, south + size];
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
}

function zone(name: string, area: Area | null): ZoneLine {
  return { id: name, name, area };
}

/** A square with a hole, two squares of one zone, and a zone that nobody drew. */
const holed = zone('holed', {
  type: 'Polygon',
  coordinates: [ring(0, 0, 10), ring(4, 4, 2)],
});
const parts = zone('parts', {
  type: 'MultiPolygon',
  coordinates: [[ring(20, 0, 1)], [ring(30, 0, 1)]],
});
const undrawn = zone('undrawn', null);
const ZONES = [undrawn, holed, parts];

/** A browser that answers with a position, or with a code of why not. */
function browserAt(
  answer: readonly [longitude: number, latitude: number, accuracy_m: number] | number,
): { geolocation: Geolocation } {
  const getCurrentPosition: Geolocation['getCurrentPosition'] = (found, failed) => {
    if (typeof answer === 'number') {
      failed?.({ code: answer, PERMISSION_DENIED: 1 } as GeolocationPositionError);
      return;
    }
    const [longitude, latitude, accuracy] = answer;
    found({ coords: { longitude, latitude, accuracy } } as GeolocationPosition);
  };
  return { geolocation: { getCurrentPosition } as Geolocation };
}

test('a point is in the zone around it, on its border too, and in a hole of it in none', () => {
  const nameAt = (longitude: number, latitude: number): string | null =>
    zoneAt(ZONES, [longitude, latitude])?.name ?? null;
  expect([nameAt(1, 1), nameAt(10, 5), nameAt(0, 0)]).toEqual(['holed', 'holed', 'holed']);
  expect([nameAt(5, 5), nameAt(15, 5), nameAt(-1, 5)]).toEqual([null, null, null]);
  expect([nameAt(20.5, 0.5), nameAt(30.5, 0.5), nameAt(25, 0.5)]).toEqual(['parts', 'parts', null]);
});

test('longitude comes first', () => {
  expect(zoneAt(ZONES, [20.5, 0.5])?.name).toBe('parts');
  expect(zoneAt(ZONES, [0.5, 20.5])).toBeNull();
});

test('the browser’s position is answered by a zone, and by nothing that says where', async () => {
  const found = await findZone(ZONES, browserAt([1.2345678, 2.3456789, 20]) as Navigator);
  expect(found).toEqual({ zone: holed });
  expect(JSON.stringify(found)).not.toMatch(/2345678/);
});

test.each([
  ['refused', 1],
  ['unknown', 2],
  ['unknown', 3],
  ['unknown', [1, 1, 5000]],
  ['outside', [50, 50, 20]],
] as const)('%s is said where the browser answers %j', async (none, answer) => {
  expect(await findZone(ZONES, browserAt(answer) as Navigator)).toEqual({ none });
});

test('where no zone was drawn the browser is not even asked', async () => {
  const never = {
    get geolocation(): Geolocation {
      throw new Error('It was asked.');
    },
  };
  const browser = { geolocation: { getCurrentPosition: () => never.geolocation } } as never;
  expect(await findZone([undrawn], browser)).toEqual({ none: 'noArea' });
  await expect(findZone(ZONES, browser)).rejects.toThrow('It was asked.');
});

test('one file alone asks where the tablet is, and a planted second one is found', () => {
  const asking = (text: string): boolean => text.includes('geolocation');
  const sources = readSources();
  const found = sources.filter(({ text }) => asking(text)).map(({ path }) => path);
  expect(found).toEqual(['ui/position.ts']);
  expect(asking('navigator.geolocation.watchPosition(keep)')).toBe(true);
});
