/** Every vector that this engine must hold, as one function: the same runs in a test and in a browser's page. */
import { broken } from './checks.ts';
import { type Python, pythonChecks } from './python.ts';
import { type Worked, workedChecks } from './worked.ts';

/** Returns the promises that do not hold: none if the engine agrees with the example and with Python. */
export function checkVectors(worked: Worked, python: Python): Promise<string[]> {
  return broken([...workedChecks(worked), ...pythonChecks(python)]);
}
