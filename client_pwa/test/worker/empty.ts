/** A server of an empty installation in memory: it has a set-up secret, and no space before one is opened. */
import type { Bytes } from '../../src/engine/bytes.ts';
import { decode } from '../../src/engine/codec.ts';
import { encodeSetup } from '../../src/engine/enrolment.ts';
import { idOf, type SpaceId } from '../../src/engine/ids.ts';
import type { OpRow } from '../../src/engine/log.ts';
import { type Asked, MemoryServer, problem } from './server.ts';

/** The space of an installation, asked through it. */
class SpaceServer extends MemoryServer {
  answered(asked: Asked, authorization: string | null): Response {
    return this.answer(asked, authorization);
  }
}

export class EmptyServer extends MemoryServer {
  secret = 'first';
  opened: SpaceServer | null = null;

  get link(): string {
    return encodeSetup({ origin: 'https://escale.example', secret: this.secret });
  }

  /** A start of the server: a new link, and what the older one opened and nobody founded is forgotten. */
  start(secret: string): void {
    this.secret = secret;
    if (this.opened?.cursor === 0) this.opened = null;
  }

  /** Returns an op of the log as the server holds it. */
  op(at: number): OpRow {
    const row = this.opened?.segments.flatMap(({ rows }) => rows)[at];
    if (row === undefined) throw new Error('The log ends before it.');
    return row;
  }

  protected override answer(asked: Asked, authorization: string | null): Response {
    const what = asked.path.split('/')[2] ?? '';
    const isSetup = authorization === `Bearer ${this.secret}`;
    if (what === 'setup') {
      return isSetup && this.opened === null ? new Response(null, { status: 204 }) : refused();
    }
    if (asked.path === '/v1/spaces' && asked.method === 'POST')
      return isSetup ? this.#open(asked.body) : refused();
    if (what === 'auth' && !this.opened?.cursor) return refused();
    if (this.opened === null) return problem(403, 'not_member');
    return this.opened.answered(asked, authorization);
  }

  #open(body: Bytes): Response {
    const [wanted] = decode(body) as [Bytes];
    const space = idOf<SpaceId>(wanted);
    if (this.opened !== null && this.opened.space !== space) return refused();
    if (this.opened?.cursor) return problem(409, 'space_exists');
    this.opened = new SpaceServer(space);
    return new Response(null, { status: 201 });
  }
}

function refused(): Response {
  return problem(401, 'unauthenticated');
}
