/** How far each device has come in each log, as the server told an administrator's device last. */
import { Codec, count, nullable, struct } from '../engine/codec.ts';
import { isRevoked } from '../engine/members.ts';
import { type Cursors, cursors } from './cursors.ts';
import type { Server } from './server.ts';
import type { Session } from './session.ts';

/** The name of the sealed record. */
const SEEN = 'seen';

export type Seen = {
  /** By this device's own clock. */
  readonly known_ms: number;
  readonly association: Cursors;
  /** Null where this device has no part in the health file. */
  readonly health: Cursors | null;
};

const record = new Codec<Seen>(
  struct<Seen>({ known_ms: count, association: cursors, health: nullable(cursors) }, 1),
);

export async function keptSeen(session: Session): Promise<Seen | null> {
  const kept = await session.kept(SEEN);
  return kept === null ? null : record.decode(kept);
}

/** Asks the server of the association's log and of the health file's, and keeps what it says. */
export async function askSeen(
  server: Server,
  session: Session,
  health: Session | null,
  now: number,
): Promise<void> {
  const of = ({ contents, identity }: Session): Promise<Cursors> =>
    server.seen(contents.space, identity);
  const isMember = health?.member != null && !isRevoked(health.member);
  const seen = {
    known_ms: now,
    association: await of(session),
    health: isMember ? await of(health) : null,
  };
  await session.keep(SEEN, record.encode(seen));
}
