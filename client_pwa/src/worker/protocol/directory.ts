/** Zones and structures, as chosen from and as corrected. */
import type { Area, DirectoryKind, Id, StructureType } from '../../domain/catalogue.types.ts';
import type { Values } from './values.ts';

export type { Area };

export type ZoneLine = { readonly id: Id; readonly name: string; readonly area: Area | null };
export type StructureLine = {
  readonly id: Id;
  readonly name: string;
  readonly type: StructureType | null;
  readonly zone: Id | null;
  readonly hours: string | null;
  readonly decideHours: number | null;
};

/** A line of the directory as it stands; `version` is what a correction replaces. */
export type DirectoryLine = {
  readonly id: Id;
  readonly version: number;
  readonly values: Values;
};

/** One line as it is to be written; version 0 is a new one, whose id stays the same when it is tried again. */
export type WrittenLine = DirectoryLine & { readonly kind: DirectoryKind };
