/** What answers the calls: one function for each, by its name. */
import { type CallName, CallProblem, type Calls } from './protocol.ts';

export type Handlers = {
  readonly [Name in CallName]: (ask: Calls[Name]['ask']) => Promise<Calls[Name]['answer']>;
};

/** Returns what was looked for. Throws CallProblem if there is none. */
export function found<Found>(line: Found | null): Found {
  if (line === null) throw new CallProblem('not_found');
  return line;
}
