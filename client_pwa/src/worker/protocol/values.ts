/** A value as written, what stands of it, and where that is. */
import type { Id, Instant, KitItem } from '../../domain/catalogue.types.ts';

/** Where a record is: on this tablet, on the server, seen by a coordinator, or set aside by a refusal; `lost` is another device's that the server has no longer. */
export type Mark = 'tablet' | 'server' | 'seen' | 'aside' | 'lost';

/** A value as written: a text, a code, a number, a yes, an id. */
export type Value = string | number | boolean | null;

/** One value that stands, who wrote it and when it happened. */
export type Candidate = {
  readonly value: Value;
  readonly author: string;
  readonly at: Instant;
  readonly mark: Mark;
};

/** What a name shows; more than one candidate with differing values is a conflict. */
export type FieldView = {
  readonly value: Value;
  readonly candidates: readonly Candidate[];
  readonly conflict: boolean;
  /** Of high stakes and not yet decided: the stricter value shows meanwhile. */
  readonly undecided: boolean;
  /** What other records of the same person say otherwise. */
  readonly also: readonly Candidate[];
};

/** Values by name as stored: `description`, `alias/9f2c01aa`, `age_band`; plain and sealed names never meet. */
export type FieldViews = Readonly<Record<string, FieldView>>;

/** Values by their name in the catalogue, which knows the plain ones from the sealed. */
export type Values = Readonly<Record<string, Value>>;

export type Edit = {
  readonly entity: Id;
  readonly kind: string;
  readonly facts: Readonly<Record<string, Value>>;
  readonly fields: Readonly<Record<string, Value>>;
};

export type ConflictCard = {
  readonly entity: Id;
  readonly kind: string;
  /** The amended row, or null for the entity's own fields. */
  readonly row: string | null;
  readonly name: string;
  readonly plain: boolean;
  /** Of what a number is, if it is of material. */
  readonly item?: KitItem;
  readonly title: string;
  /** Which record it is, if it is one of several of a person. */
  readonly record: string | null;
  /** Who took the first value away without anything in its place; null for values written side by side. */
  readonly taker: string | null;
  /** What shows until it is settled, and whether that is so because it is the stricter. */
  readonly stands: Value;
  readonly undecided: boolean;
  readonly candidates: readonly Candidate[];
};
