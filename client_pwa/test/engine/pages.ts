/** Honest pages made hostile: one thing of them changed, and what hangs on it mended or left as it was. */
import { hash } from '../../src/engine/bytes.ts';
import { type Digest, type EntityId, idOf } from '../../src/engine/ids.ts';
import { type OpRow, type Page, type Row } from '../../src/engine/log.ts';
import { decodeHeader, opId } from '../../src/engine/op.ts';
import {
  decodeSegment,
  encodeSegment,
  type Segment,
  signSegment,
} from '../../src/engine/segment.ts';
import { AWA } from './kit.ts';

/** Returns the page with one of its segments changed. */
export function segment(page: Page, at: number, changed: Partial<Page['segments'][number]>): Page {
  const segments = page.segments.map((one, index) => (index === at ? { ...one, ...changed } : one));
  return { ...page, segments };
}

/** Returns the page without one of its segments. */
export function without(page: Page, at: number): Page {
  return { ...page, segments: page.segments.filter((_, index) => index !== at) };
}

/** Returns the page with one row changed and nothing else. */
export function row(page: Page, at: number, index: number, changed: Row): Page {
  const rows = (page.segments[at]?.rows ?? []).map((one, place) =>
    place === index ? changed : one,
  );
  return segment(page, at, { rows });
}

export function opRow(page: Page, at: number, index: number): OpRow {
  const found = page.segments[at]?.rows[index];
  if (found?.form !== 1) throw new Error('There is no such op in the page.');
  return found;
}

/** Returns the page with one row as a stub of this form, its name the same. */
export function stub(page: Page, at: number, index: number, form: 0 | 2 | 3): Page {
  return row(page, at, index, stubOf(opRow(page, at, index), form));
}

function stubOf({ header, sealed }: OpRow, form: 0 | 2 | 3): Row {
  const [headerHash, sealedHash] = [idOf<Digest>(hash(header)), idOf<Digest>(hash(sealed))];
  const of: EntityId = decodeHeader(header).entity;
  switch (form) {
    case 0:
      return { form, opId: opId(of, header, sealed) };
    case 2:
      return { form, header, sealedHash };
    case 3:
      return { form, entity: of, headerHash, sealedHash };
  }
}

/** Returns the page with a segment signed anew, some of it changed. */
export async function signed(
  page: Page,
  at: number,
  changed: Partial<Segment>,
  who = AWA,
): Promise<Page> {
  const before = decodeSegment(page.segments[at]?.seg ?? new Uint8Array());
  const seg = encodeSegment({ ...before, ...changed });
  return segment(page, at, { seg, sig: await signSegment(who.signing, seg) });
}
