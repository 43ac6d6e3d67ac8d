/** A server of one association with several spaces: the first one as ever, the others judged as the real server does. */
import type { Bytes } from '../../src/engine/bytes.ts';
import { decodeBody } from '../../src/engine/control.ts';
import { decode } from '../../src/engine/codec.ts';
import { type DeviceId, type EntityId, idOf, type SpaceId } from '../../src/engine/ids.ts';
import type { Receipt } from '../../src/engine/log.ts';
import { found, isRevoked, judge, Members } from '../../src/engine/members.ts';
import { decodeHeader, isControlKind, OpClass } from '../../src/engine/op.ts';
import { decodePush, decodeSegment, type Segment, unseen } from '../../src/engine/segment.ts';
import { type Asked, MemoryServer, problem } from './server.ts';

/** A push that is not taken, with what is answered to it. */
class RefusedPush extends Error {
  readonly answer: Response;

  constructor(answer: Response) {
    super('The push is refused.');
    this.answer = answer;
  }
}

/** A space beside the first one: it knows its members, and takes nothing that is not theirs to say. */
class SpaceBeside extends MemoryServer {
  members: Members;
  /** The answers to what it did not take. */
  readonly refusals: Response[] = [];
  readonly #begun = new Set<EntityId>();

  constructor(space: SpaceId, now_ms: number) {
    super(space);
    this.now_ms = now_ms;
    this.members = new Members(space);
  }

  override backup(): () => void {
    const [putBack, { members }, begun] = [super.backup(), this, [...this.#begun]];
    return () => {
      putBack();
      this.members = members;
      this.#begun.clear();
      for (const entity of begun) this.#begun.add(entity);
    };
  }

  has(device: DeviceId): boolean {
    const member = this.members.byDevice.get(device);
    return member !== undefined && !isRevoked(member);
  }

  answered(asked: Asked, authorization: string | null): Response {
    try {
      return this.answer(asked, authorization);
    } catch (error) {
      if (!(error instanceof RefusedPush)) throw error;
      this.refusals.push(error.answer);
      return error.answer.clone();
    }
  }

  override push(data: Bytes): Receipt {
    const { seg, ops: pairs } = decodePush(data);
    const ops = pairs.map(([bytes, sealed]) => {
      const header = decodeHeader(bytes);
      const { kind } = header;
      return { header, body: isControlKind(kind) ? decodeBody(kind, sealed, this.space) : null };
    });
    const members = this.cursor === 0 ? this.#founded(ops) : this.#after(decodeSegment(seg), ops);
    const receipt = super.push(data);
    this.members = members;
    for (const { header } of ops) {
      if (header.opClass === OpClass.GENESIS) this.#begun.add(header.entity);
    }
    return receipt;
  }

  #founded(ops: readonly Op[]): Members {
    const headers = ops.map(({ header }) => header);
    const bodies = ops.map(({ body }) => body);
    const members = found(this.space, headers, bodies);
    if (members === null) throw new RefusedPush(problem(422, 'bad_control', { index: 0 }));
    return members;
  }

  #after(segment: Segment, ops: readonly Op[]): Members {
    let { members } = this;
    const firstCursor = this.cursor + 1;
    for (const [index, { header, body }] of ops.entries()) {
      const fault = judge(members, header, body, unseen(segment, firstCursor));
      if (fault === 'epoch_conflict')
        throw new RefusedPush(problem(409, fault, { epoch: members.epoch }));
      if (fault !== null) throw new RefusedPush(problem(403, fault));
      if (header.opClass === OpClass.GENESIS && this.#begun.has(header.entity)) {
        throw new RefusedPush(problem(422, 'bad_header', { index, op_id: null, name: 'entity' }));
      }
      if (body !== null) members = members.after(header.device, body, firstCursor + index);
    }
    return members;
  }
}

type Op = {
  readonly header: ReturnType<typeof decodeHeader>;
  readonly body: ReturnType<typeof decodeBody> | null;
};

export class House extends MemoryServer {
  readonly beside = new Map<SpaceId, SpaceBeside>();

  /** Returns the one space beside the first that somebody has founded. */
  get other(): SpaceBeside {
    const [one, ...others] = [...this.beside.values()].filter(({ cursor }) => cursor > 0);
    if (one === undefined || others.length > 0)
      throw new Error('Not one space is founded beside it.');
    return one;
  }

  protected override answer(asked: Asked, authorization: string | null): Response {
    const { pathname } = new URL(asked.path, 'https://escale.example');
    const [, , what, name = ''] = pathname.split('/');
    if (what !== 'spaces' || name === this.space) return super.answer(asked, authorization);
    const caller = this.callerOf(authorization);
    if (name === '') {
      return asked.method === 'POST' ? this.#open(asked.body) : this.#spacesOf(caller);
    }
    const space = this.beside.get(name as SpaceId);
    const isPush = asked.method === 'POST';
    if (space === undefined || (!isPush && (caller === null || !space.has(caller)))) {
      return problem(403, 'not_member');
    }
    return space.answered(asked, authorization);
  }

  #open(body: Bytes): Response {
    const [wanted] = decode(body) as [Bytes];
    const space = idOf<SpaceId>(wanted);
    const known = this.beside.get(space);
    if (known !== undefined && known.cursor > 0) return problem(409, 'space_exists');
    if (known === undefined) this.open(space);
    return new Response(null, { status: known === undefined ? 201 : 200 });
  }

  /** Opens an empty space beside the first. */
  open(space: SpaceId): SpaceBeside {
    const opened = new SpaceBeside(space, this.now_ms);
    this.beside.set(space, opened);
    return opened;
  }

  #spacesOf(caller: DeviceId | null): Response {
    const beside = [...this.beside.values()].filter((one) => caller !== null && one.has(caller));
    // The order says nothing: a client must find out which is the first.
    return Response.json({ spaces: [...beside.map(({ space }) => space), ...this.memberships] });
  }
}
