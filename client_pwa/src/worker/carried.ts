/** Codes carried by people, filmed or pasted: tidied, read, and told apart in a worker's words. */
import type { Bytes } from '../engine/bytes.ts';
import {
  BadCode,
  type Code1,
  type Code2,
  decodeCode1,
  decodeCode2,
  NotThisDevice,
} from '../engine/enrolment.ts';
import { CallProblem } from './protocol.ts';

/** What message apps put between the letters of a long text: spaces, line ends, and signs that nobody sees. */
const NOT_OF_A_CODE = /[\s\u00ad\u200b-\u200d\u2060]/gu;

/** A code as its text, which the letters are made of, and what stands in it. */
export type Carried<Code> = { readonly text: string; readonly code: Code };

/** Returns the code 1 that was carried here. Throws CallProblem. */
export function requestIn(carried: string): Carried<Code1> {
  const text = tidied(carried);
  const code = read(() => decodeCode1(text));
  if (code !== null) return { text, code };
  throw new CallProblem(isAnswer(text) ? 'code_is_answer' : 'code_unreadable');
}

/** Returns the code 2 that was carried here, for the device of this nonce. Throws CallProblem. */
export function answerIn(carried: string, nonce: Bytes, origin: string): Carried<Code2> {
  const text = tidied(carried);
  try {
    const code = read(() => decodeCode2(text, nonce));
    if (code?.origin === origin) return { text, code };
    if (code !== null) throw new CallProblem('link_other_server');
  } catch (error) {
    throw error instanceof NotThisDevice ? new CallProblem('code_of_another') : error;
  }
  const isRequest = read(() => decodeCode1(text)) !== null;
  throw new CallProblem(isRequest ? 'code_is_request' : 'code_unreadable');
}

function tidied(carried: string): string {
  return carried.replace(NOT_OF_A_CODE, '');
}

/** Whose answer it is does not matter here. */
function isAnswer(text: string): boolean {
  try {
    return read(() => decodeCode2(text, new Uint8Array(0))) !== null;
  } catch (error) {
    if (error instanceof NotThisDevice) return true;
    throw error;
  }
}

/** Null for what is no code of the kind that is read. */
function read<Code>(decode: () => Code): Code | null {
  try {
    return decode();
  } catch (error) {
    if (error instanceof BadCode && !(error instanceof NotThisDevice)) return null;
    throw error;
  }
}
