/** Why a call could not do what it was asked, in the codes that the screens know. */
import { BadCode } from '../engine/enrolment.ts';
import { CannotWrite } from '../engine/writer.ts';
import { isFull } from '../store/store.ts';
import { CallProblem } from './protocol.ts';
import { Refused, Unreached } from './server.ts';

const PROBLEM_BY_CODE = {
  join_expired: 'link_expired',
  join_used: 'link_used',
  invalid_request: 'line_refused',
} as const;

/** Says what a worker can do something about; anything else is a bug and stays one. */
export function problemOf(error: unknown): unknown {
  if (error instanceof BadCode) return new CallProblem('link_unreadable');
  if (error instanceof Unreached) return new CallProblem('server_unreached');
  if (error instanceof CannotWrite) return new CallProblem('refused');
  if (isFull(error)) return new CallProblem('storage_full');
  if (error instanceof Refused) {
    const { code } = error.body;
    const problem =
      code in PROBLEM_BY_CODE ? PROBLEM_BY_CODE[code as keyof typeof PROBLEM_BY_CODE] : 'refused';
    return new CallProblem(problem);
  }
  return error;
}
