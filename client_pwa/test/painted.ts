/** Paints the drawing of a code as a screen does, for what reads one. */
import type { Squares } from '../src/ui/qr.ts';

const SCALE = 5;

/** RGBA. */
export function painted({ size, path }: Squares): ImageData {
  const width = size * SCALE;
  const data = new Uint8ClampedArray(width * width * 4).fill(255);
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) {
    for (let at = 0; at < SCALE * SCALE; at += 1) {
      const row = Number(y) * SCALE + Math.floor(at / SCALE);
      const first = (row * width + Number(x) * SCALE + (at % SCALE)) * 4;
      data.fill(0, first, first + 3);
    }
  }
  return { width, height: width, data, colorSpace: 'srgb' };
}
