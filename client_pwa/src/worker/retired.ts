/**
 * A device that was a member and that the server knows as one no longer.
 *
 * It keeps what it holds, what it could not send among it, and asks rarely: only a person's wish, or a server that was
 * restored, changes anything. A server that answers again has taken it back.
 */
import { decode, encode } from '../engine/codec.ts';
import { isRevoked } from '../engine/members.ts';
import { Refused } from './server.ts';
import type { Session } from './session.ts';

const RETIRED = 'retired';
const CODES: readonly string[] = ['device_revoked', 'not_member'];

/** Since when this device knows that it is retired, by its own clock, or null. */
export async function retiredSince(session: Session): Promise<number | null> {
  const kept = await session.kept(RETIRED);
  if (kept === null) return null;
  const [, since] = decode(kept) as readonly [number, number];
  return since;
}

export function keepRetired(session: Session, since: number | null): Promise<void> {
  return session.keep(RETIRED, since === null ? null : encode([1, since]));
}

/** Whether an answer says so; a device that waits to become a member is told `not_member` too, and is not retired. */
export function saysRetired(error: unknown, { member }: Session): boolean {
  return member !== null && error instanceof Refused && CODES.includes(error.body.code);
}

/** Whether the log says so: the server may answer once more with the very page that does. */
export function isOut({ member }: Session): boolean {
  return member !== null && isRevoked(member);
}
