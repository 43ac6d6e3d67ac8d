/** The attacks that Python made, as the file that both languages share tells them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bytes } from '../../../src/engine/bytes.ts';
import { FOLDER } from '../../vectors/files.ts';

/** What a victim meets: an answer by its name, or a cursor. */
export type Step = readonly [kind: string, data: string | number];
export type Refused = Readonly<Record<string, string>>;
export type Wish = readonly (string | number | boolean | null)[];

export type Attack = {
  readonly name: string;
  readonly threat: string;
  readonly says: string;
  readonly victim: string;
  readonly steps: readonly Step[];
  readonly refused: Refused;
  readonly wanted: readonly Wish[];
  readonly controls: readonly string[];
  readonly lines: readonly Refused[];
  readonly then: readonly Step[];
  readonly shows: string;
  readonly begins: readonly Step[];
  /** What an honest server answers to it as a push, if it ever comes to that. */
  readonly answer: Readonly<Record<string, unknown>> | null;
};

/** One enrolment that is attacked: what each of the two codes was, and what it was when it arrived. */
export type Enrolment = {
  readonly name: string;
  readonly threat: string;
  readonly says: string;
  readonly nonce: string;
  readonly asked: string;
  readonly given: string;
  readonly answer: string;
  readonly received: string;
  readonly refused: Refused;
  readonly wanted: readonly Wish[];
  readonly controls: readonly string[];
  readonly lines: readonly Refused[];
};

type File = {
  readonly space: string;
  readonly entities: readonly string[];
  readonly own: string;
  readonly victims: Readonly<Record<string, string>>;
  readonly whole: string;
  readonly attacks: readonly Attack[];
  readonly enrolment: Enrolment;
  readonly enrolments: readonly Enrolment[];
  readonly answers: Readonly<Record<string, string>>;
};

export const FILE = JSON.parse(readFileSync(join(FOLDER, 'attacks.json'), 'utf8')) as File;

/** Returns the bytes of a base64 text of the file. */
export function bytesOf(base64: string | undefined): Bytes {
  if (base64 === undefined) throw new Error('The file has no such bytes.');
  return new Uint8Array(Buffer.from(base64, 'base64'));
}

/** Returns an answer by its name. */
export function answer(name: string): Bytes {
  return bytesOf(FILE.answers[name]);
}
