/**
 * Strict MessagePack: fixed-length arrays, 53-bit integers, text, bytes, booleans and nil, in one form only.
 *
 * A value has exactly one encoding, and only that one decodes, so that two readers never disagree
 * about what a byte string says. Maps, floats, extensions, longer forms, broken UTF-8, trailing bytes
 * and deep nesting do not decode. A length is believed only as far as the bytes go: a few bytes that
 * announce a thousand million items cost nothing.
 */
import { type Bytes, fromHex, sameBytes, toHex } from './bytes.ts';
import { DIGEST_BYTES, ID_BYTES, INT_MAX, type Id } from './ids.ts';

/** An array of depth 1 holds no array; the deepest array has depth 8. */
export const DEPTH_MAX = 8;

/** What may stand in a wire array. */
export type Value = null | boolean | number | string | Bytes | readonly Value[];

/** The bytes are not the one encoding of a value of the expected shape. */
export class NotCanonical extends Error {
  override readonly name = 'NotCanonical';
}

const TWO_32 = 2 ** 32;
/** Names and codes are short and ASCII: asking the decoder takes longer than reading them. */
const SHORT_BYTES = 32;
const LONE_SURROGATE = /\p{Cs}/u;
const toUtf8 = new TextEncoder();
/** Fatal, and a byte order mark is a character like another: the other language keeps it too. */
const fromUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returns the one encoding of a value; a value outside `Value`, and a lone surrogate, are bugs. */
export function encode(value: Value): Bytes {
  const writer = new Writer();
  writer.value(value);
  return writer.done();
}

/** Returns the value of which `data` is the one encoding. Throws NotCanonical. */
export function decode(data: Uint8Array): Value {
  return new Reader(data).whole();
}

/** Tells whether a value holds only the allowed types, with at most `depthMax` arrays inside each other. */
export function isValue(value: unknown, depthMax: number): value is Value {
  if (value === null || typeof value === 'boolean' || value instanceof Uint8Array) return true;
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value === 'string') return !LONE_SURROGATE.test(value);
  return Array.isArray(value) && depthMax > 0 && value.every((item) => isValue(item, depthMax - 1));
}

/** Tells whether two values have the same encoding. */
export function isSameValue(a: Value, b: Value): boolean {
  return a === b || (typeof a === 'object' && sameBytes(encode(a), encode(b)));
}

class Writer {
  #bytes: Bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  done(): Bytes {
    return this.#bytes.slice(0, this.#at);
  }

  value(value: Value): void {
    if (value === null) this.#head(0xc0);
    else if (typeof value === 'boolean') this.#head(value ? 0xc3 : 0xc2);
    else if (typeof value === 'number') this.#int(value);
    else if (typeof value === 'string') this.#text(value);
    else if (value instanceof Uint8Array) this.#bin(value);
    else this.#array(value);
  }

  #int(value: number): void {
    if (!Number.isSafeInteger(value)) throw new TypeError('Only whole numbers are encoded.');
    if (value >= 0) this.#natural(value);
    else if (value >= -0x20) this.#head(value & 0xff);
    else if (value >= -0x80) this.#sized(0xd0, value & 0xff, 1);
    else if (value >= -0x8000) this.#sized(0xd1, value & 0xffff, 2);
    else if (value >= -0x80000000) this.#sized(0xd2, value >>> 0, 4);
    else this.#wide(0xd3, value);
  }

  #natural(value: number): void {
    if (value < 0x80) this.#head(value);
    else if (value < 0x100) this.#sized(0xcc, value, 1);
    else if (value < 0x10000) this.#sized(0xcd, value, 2);
    else if (value < TWO_32) this.#sized(0xce, value, 4);
    else this.#wide(0xcf, value);
  }

  #text(value: string): void {
    if (LONE_SURROGATE.test(value)) throw new TypeError('A lone surrogate is not text.');
    const bytes = toUtf8.encode(value);
    if (bytes.length < 32) this.#head(0xa0 | bytes.length);
    else if (bytes.length < 0x100) this.#sized(0xd9, bytes.length, 1);
    else this.#sized(bytes.length < 0x10000 ? 0xda : 0xdb, bytes.length);
    this.#raw(bytes);
  }

  #bin(value: Uint8Array): void {
    if (value.length < 0x100) this.#sized(0xc4, value.length, 1);
    else this.#sized(value.length < 0x10000 ? 0xc5 : 0xc6, value.length);
    this.#raw(value);
  }

  #array(value: readonly Value[]): void {
    if (value.length < 16) this.#head(0x90 | value.length);
    else this.#sized(value.length < 0x10000 ? 0xdc : 0xdd, value.length);
    for (const item of value) this.value(item);
  }

  #head(head: number): void {
    this.#room(1);
    this.#bytes[this.#at] = head;
    this.#at += 1;
  }

  /** Writes a head and a number behind it, in two bytes if it fits, unless told in how many. */
  #sized(head: number, number: number, size = number < 0x10000 ? 2 : 4): void {
    this.#room(1 + size);
    this.#bytes[this.#at] = head;
    if (size === 1) this.#view.setUint8(this.#at + 1, number);
    else if (size === 2) this.#view.setUint16(this.#at + 1, number);
    else this.#view.setUint32(this.#at + 1, number);
    this.#at += 1 + size;
  }

  #wide(head: number, number: number): void {
    this.#room(9);
    this.#bytes[this.#at] = head;
    this.#view.setInt32(this.#at + 1, Math.floor(number / TWO_32));
    this.#view.setUint32(this.#at + 5, number >>> 0);
    this.#at += 9;
  }

  #raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const wider = new Uint8Array(2 * (this.#at + size));
    wider.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = wider;
    this.#view = new DataView(wider.buffer);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  whole(): Value {
    const value = this.#value(DEPTH_MAX);
    if (this.#at !== this.#bytes.length) throw new NotCanonical('Bytes follow the value.');
    return value;
  }

  #value(depthMax: number): Value {
    const head = this.#number(1);
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    if (head >= 0xa0 && head < 0xc0) return this.#text(head & 0x1f);
    if (head >= 0x90 && head < 0xa0) return this.#array(head & 0x0f, depthMax);
    return this.#long(head, depthMax);
  }

  #long(head: number, depthMax: number): Value {
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#bin(this.#number(1));
      case 0xc5:
        return this.#bin(this.#number(2, 0x100));
      case 0xc6:
        return this.#bin(this.#number(4, 0x10000));
      case 0xd9:
        return this.#text(this.#number(1, 32));
      case 0xda:
        return this.#text(this.#number(2, 0x100));
      case 0xdb:
        return this.#text(this.#number(4, 0x10000));
      case 0xdc:
        return this.#array(this.#number(2, 16), depthMax);
      case 0xdd:
        return this.#array(this.#number(4, 0x10000), depthMax);
      default:
        return this.#int(head);
    }
  }

  #int(head: number): number {
    switch (head) {
      case 0xcc:
        return this.#number(1, 0x80);
      case 0xcd:
        return this.#number(2, 0x100);
      case 0xce:
        return this.#number(4, 0x10000);
      case 0xcf:
        return this.#within(this.#number(4) * TWO_32 + this.#number(4), TWO_32, INT_MAX);
      case 0xd0:
        return this.#within(this.#number(1) - 0x100, -0x80, -0x21);
      case 0xd1:
        return this.#within(this.#number(2) - 0x10000, -0x8000, -0x81);
      case 0xd2:
        return this.#within(this.#number(4) - TWO_32, -0x80000000, -0x8001);
      case 0xd3:
        return this.#within(
          (this.#number(4) - TWO_32) * TWO_32 + this.#number(4),
          -INT_MAX,
          -0x80000001,
        );
      default:
        throw new NotCanonical('A type that the protocol does not use.');
    }
  }

  /** Reads an unsigned number of so many bytes that a shorter form could not hold. */
  #number(size: 1 | 2 | 4, least = 0): number {
    const at = this.#advance(size);
    const number =
      size === 1
        ? this.#view.getUint8(at)
        : size === 2
          ? this.#view.getUint16(at)
          : this.#view.getUint32(at);
    return this.#within(number, least, TWO_32);
  }

  #within(number: number, least: number, most: number): number {
    if (number < least || number > most)
      throw new NotCanonical('A number out of range, or not in its shortest form.');
    return number;
  }

  #bin(size: number): Bytes {
    const at = this.#advance(size);
    return this.#bytes.slice(at, at + size);
  }

  #text(size: number): string {
    const at = this.#advance(size);
    const bytes = this.#bytes.subarray(at, at + size);
    if (size <= SHORT_BYTES && bytes.every((byte) => byte < 0x80)) {
      return String.fromCharCode(...bytes);
    }
    try {
      return fromUtf8.decode(bytes);
    } catch {
      throw new NotCanonical('Text that is not UTF-8.');
    }
  }

  #array(size: number, depthMax: number): Value[] {
    if (depthMax === 0 || size > this.#bytes.length - this.#at) {
      throw new NotCanonical('Arrays too deep, or longer than the bytes.');
    }
    const items: Value[] = [];
    for (let index = 0; index < size; index += 1) items.push(this.#value(depthMax - 1));
    return items;
  }

  #advance(size: number): number {
    const at = this.#at;
    if (size > this.#bytes.length - at) throw new NotCanonical('The bytes end too early.');
    this.#at += size;
    return at;
  }
}

/** A type as it stands on the wire: `read` throws NotCanonical for a value of another shape. */
export type Shape<T> = {
  readonly read: (value: Value | undefined) => T;
  readonly write: (item: T) => Value;
};

/** Decodes and encodes one wire array; its shape carries the lengths and ranges. */
export class Codec<T> {
  readonly #shape: Shape<T>;

  constructor(shape: Shape<T>) {
    this.#shape = shape;
  }

  /** Returns the item of which `data` is the one encoding. Throws NotCanonical. */
  decode(data: Uint8Array): T {
    return this.#shape.read(decode(data));
  }

  encode(item: T): Bytes {
    return encode(this.#shape.write(item));
  }
}

function fits<T extends Value>(isOne: (value: Value | undefined) => value is T): Shape<T> {
  return {
    read: (value) => {
      if (!isOne(value)) throw new NotCanonical('The value has another shape.');
      return value;
    },
    write: (item) => item,
  };
}

export const anything: Shape<Value> = fits((value): value is Value => value !== undefined);
export const text: Shape<string> = fits((value) => typeof value === 'string');
export const flag: Shape<boolean> = fits((value) => typeof value === 'boolean');

export function int(least: number, most: number): Shape<number> {
  return fits(
    (value): value is number => typeof value === 'number' && least <= value && value <= most,
  );
}

export const count = int(0, INT_MAX);

/** Bytes, of one length if it is given. */
export function bin<T extends Bytes = Bytes>(size?: number): Shape<T> {
  return fits(
    (value): value is T =>
      value instanceof Uint8Array && (size === undefined || value.length === size),
  );
}

function named<T extends Id>(size: number): Shape<T> {
  const raw = bin(size);
  return { read: (value) => toHex(raw.read(value)) as T, write: (id) => fromHex(id) };
}

export function id<T extends Id>(): Shape<T> {
  return named<T>(ID_BYTES);
}

export function digest<T extends Id>(): Shape<T> {
  return named<T>(DIGEST_BYTES);
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return {
    read: (value) => (value === null ? null : shape.read(value)),
    write: (item) => (item === null ? null : shape.write(item)),
  };
}

const array: Shape<readonly Value[]> = fits((value): value is readonly Value[] =>
  Array.isArray(value),
);

export function list<T>(shape: Shape<T>, most = INT_MAX, least = 0): Shape<readonly T[]> {
  return {
    read: (value) => {
      const items = array.read(value);
      if (items.length < least || items.length > most)
        throw new NotCanonical('A list too long or too short.');
      return items.map(shape.read);
    },
    write: (items) => items.map(shape.write),
  };
}

export function pair<A, B>(first: Shape<A>, second: Shape<B>): Shape<readonly [A, B]> {
  return {
    read: (value) => {
      const [a, b, ...more] = array.read(value);
      if (more.length > 0) throw new NotCanonical('A pair has two members.');
      return [first.read(a), second.read(b)];
    },
    write: ([a, b]) => [first.write(a), second.write(b)],
  };
}

type Shapes<T> = { readonly [Name in keyof T]: Shape<T[Name]> };

/** An array with a member for each name, in the order of `shapes`, behind a tag if there is one. */
export function struct<T extends object>(shapes: Shapes<T>, tag: number | null = null): Shape<T> {
  const members = Object.entries(shapes) as [keyof T, Shape<unknown>][];
  const ahead = tag === null ? [] : [tag];
  return {
    read: (value) => {
      const items = array.read(value);
      if (items.length !== ahead.length + members.length || (tag !== null && items[0] !== tag)) {
        throw new NotCanonical('An array of another length or version.');
      }
      const item: Partial<T> = {};
      for (const [at, [name, shape]] of members.entries()) {
        item[name] = shape.read(items[ahead.length + at]) as T[keyof T];
      }
      return item as T;
    },
    write: (item) => [...ahead, ...members.map(([name, shape]) => shape.write(item[name]))],
  };
}
