/**
 * In which zone the tablet is. Nothing else of the app asks where it is, and only a person's tap makes this ask:
 * what the browser answers is rounded to a zone in here, and nothing but the zone leaves.
 */
import pointInPolygon from 'point-in-polygon-hao';
import type { Area, ZoneLine } from '../worker/protocol.ts';

/** Why no zone was found; none of them stops anybody from choosing one. */
export type NoZone = 'refused' | 'unknown' | 'outside' | 'noArea';

export type Found = { readonly zone: ZoneLine } | { readonly none: NoZone };

/** Longitude and latitude in degrees of WGS 84. */
type Point = readonly [longitude: number, latitude: number];

const WAIT_MS = 20_000;
/** A position of a minute ago is where they stand still. */
const AGE_MS = 60_000;
/** What is no nearer than this could be any zone. */
const ACCURACY_MAX_M = 500;

export async function findZone(
  zones: readonly ZoneLine[],
  { geolocation } = navigator,
): Promise<Found> {
  if (zones.every(({ area }) => area === null)) return { none: 'noArea' };
  return new Promise((resolve) => {
    geolocation.getCurrentPosition(
      ({ coords: { longitude, latitude, accuracy } }) => {
        if (accuracy > ACCURACY_MAX_M) {
          resolve({ none: 'unknown' });
          return;
        }
        const zone = zoneAt(zones, [longitude, latitude]);
        resolve(zone === null ? { none: 'outside' } : { zone });
      },
      ({ code, PERMISSION_DENIED }) => {
        resolve({ none: code === PERMISSION_DENIED ? 'refused' : 'unknown' });
      },
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: AGE_MS },
    );
  });
}

/** The first zone around a point; its border is still of it. */
export function zoneAt(zones: readonly ZoneLine[], point: Point): ZoneLine | null {
  return zones.find(({ area }) => area !== null && isAround(area, point)) ?? null;
}

function isAround(area: Area, point: Point): boolean {
  const polygons = area.type === 'Polygon' ? [area.coordinates] : area.coordinates;
  return polygons.some((polygon) => pointInPolygon([...point], polygon) !== false);
}
