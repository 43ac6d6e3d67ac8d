/** Key material as a type that cannot be printed, serialised or compared in variable time. */
import { type Bytes } from './bytes.ts';

export const SECRET_BYTES = 32;

/** 32 secret bytes. Printing and formatting show nothing, and JSON refuses; `reveal` is the one way out. */
abstract class Secret {
  readonly #bytes: Bytes;

  constructor(bytes: Uint8Array) {
    if (bytes.length !== SECRET_BYTES) throw new RangeError('A secret has 32 bytes.');
    this.#bytes = new Uint8Array(bytes);
  }

  /** What it is: secrets of two kinds are two types. */
  abstract readonly kind: string;

  /** Returns the bytes, for a cryptographic call and nothing else. */
  reveal(): Bytes {
    return this.#bytes;
  }

  equals(other: this): boolean {
    let difference = this.kind === other.kind ? 0 : 1;
    const theirs = other.reveal();
    for (const [at, byte] of this.#bytes.entries()) difference |= byte ^ (theirs[at] ?? 0);
    return difference === 0;
  }

  toString(): string {
    return `${this.kind}(…)`;
  }

  toJSON(): never {
    throw new TypeError('A secret is never serialised.');
  }
}

/** 32 secret bytes from which a pair of a device is made. */
export class Seed extends Secret {
  readonly kind = 'Seed';
}

/** What the recovery member is made from; only shares of it exist, on paper. */
export class RecoverySeed extends Secret {
  readonly kind = 'RecoverySeed';
}

/** EK_n: the key of one epoch of a space, wrapped for each keyed member. */
export class EpochKey extends Secret {
  readonly kind = 'EpochKey';
}

/** S_entity: an entity's own secret, carried by its genesis op; erasing it erases the entity. */
export class EntitySecret extends Secret {
  readonly kind = 'EntitySecret';
}

/** K: the AES-256-GCM key of an entity's ops in one epoch. */
export class OpKey extends Secret {
  readonly kind = 'OpKey';
}
