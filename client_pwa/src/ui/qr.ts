/** QR codes, drawn and read. What does either is fetched from the app's own copy when it is first needed. */

/** A drawing of squares of one unit, in a field of `size` by `size` with its white border. */
export type Squares = { readonly size: number; readonly path: string };

/** What a camera must see around a code to find it. */
const BORDER = 4;

/** How much of a code may be lost, and what it may hold. */
type Ground = { readonly ecc: 'low' | 'quartile'; readonly encoding: 'byte' | 'alphanumeric' };

/** A screen has no dirt to be made up for: larger squares are worth more to a cheap camera. */
const SHOWN: Ground = { ecc: 'low', encoding: 'byte' };
/** A card is folded, wet and dirty: a quarter of it may be lost. It holds capitals and figures only. */
export const PRINTED: Ground = { ecc: 'quartile', encoding: 'alphanumeric' };

export async function squaresOf(text: string, ground: Ground = SHOWN): Promise<Squares> {
  const { default: encodeQr } = await import('qr');
  const rows = encodeQr(text, 'raw', { ...ground, border: BORDER });
  const path = rows.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])),
  );
  return { size: rows.length, path: path.join('') };
}

/** Reads one picture after another: returns the text of the code that stands in it, or null. */
export type QrReader = (picture: ImageData) => string | null;

export async function qrReader(): Promise<QrReader> {
  const { default: decodeQr } = await import('qr/decode.js');
  return (picture) => {
    try {
      return decodeQr(picture);
    } catch {
      // It throws for every picture without a code; the next one may have it.
      return null;
    }
  };
}
