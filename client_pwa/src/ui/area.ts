/** The area of a zone as somebody chose or pasted it: GeoJSON, of which nothing but where it is stays. Pure. */
import { fieldSpec } from '../domain/labels.ts';
import type { Area } from '../worker/protocol.ts';

export const POINTS_MOST = fieldSpec('zone.area').most ?? 0;
/** Two thousand points with all the digits anybody writes are far less. */
export const TEXT_MOST = 1_000_000;
/** The last point of a ring is the first one again. */
const RING_LEAST = 4;

type Ring = [longitude: number, latitude: number][];

/** A geometry, a feature, or a collection of one feature; null for anything else. */
export function areaIn(text: string): Area | null {
  const area = text.length > TEXT_MOST ? null : areaOf(parsed(text));
  return area === null || ringsOf(area).flat().length > POINTS_MOST ? null : area;
}

/** How many points there are, each once. */
export function pointsOf(area: Area): number {
  return ringsOf(area).reduce((sum, ring) => sum + ring.length - 1, 0);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function areaOf(found: unknown): Area | null {
  if (!isRecord(found)) return null;
  const { type, coordinates } = found;
  if (type === 'Feature') return areaOf(found['geometry']);
  if (type === 'FeatureCollection') {
    const features = listOf(found['features']);
    return features?.length === 1 ? areaOf(features[0]) : null;
  }
  if (type === 'Polygon') {
    const polygon = polygonOf(coordinates);
    return polygon && { type, coordinates: polygon };
  }
  if (type !== 'MultiPolygon') return null;
  const polygons = allOf(coordinates, polygonOf);
  return polygons && { type, coordinates: polygons };
}

function polygonOf(found: unknown): Ring[] | null {
  return allOf(found, ringOf);
}

function ringOf(found: unknown): Ring | null {
  const ring = allOf(found, pointOf);
  const [first, last] = [ring?.[0], ring?.at(-1)];
  if (!ring || !first || !last || ring.length < RING_LEAST) return null;
  return first[0] === last[0] && first[1] === last[1] ? ring : null;
}

/** A height is left out. */
function pointOf(found: unknown): Ring[number] | null {
  const [longitude, latitude] = listOf(found) ?? [];
  if (typeof longitude !== 'number' || typeof latitude !== 'number') return null;
  return Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90 ? [longitude, latitude] : null;
}

/** Every one of a list that is not empty, or null. */
function allOf<Thing>(found: unknown, one: (item: unknown) => Thing | null): Thing[] | null {
  const all = (listOf(found) ?? []).map(one);
  const good = all.filter((item) => item !== null);
  return good.length > 0 && good.length === all.length ? good : null;
}

function ringsOf({ type, coordinates }: Area): readonly (readonly unknown[])[] {
  return type === 'Polygon' ? coordinates : coordinates.flat();
}

function isRecord(found: unknown): found is Readonly<Record<string, unknown>> {
  return typeof found === 'object' && found !== null;
}

function listOf(found: unknown): readonly unknown[] | null {
  return Array.isArray(found) ? found : null;
}
