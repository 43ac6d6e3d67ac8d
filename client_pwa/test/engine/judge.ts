/** The model server that judges: it refuses a push with a fault, as a server does and the plain model does not. */
import type { Bytes } from '../../src/engine/bytes.ts';
import { decodeBody } from '../../src/engine/control.ts';
import { type Refusal, refusalOf } from '../../src/engine/errors.ts';
import type { EntityId, HeaderBytes } from '../../src/engine/ids.ts';
import type { Receipt } from '../../src/engine/log.ts';
import { type Fault, found, judge, Members } from '../../src/engine/members.ts';
import { decodeHeader, isControlKind, OpClass } from '../../src/engine/op.ts';
import { decodePush, decodeSegment, unseen } from '../../src/engine/segment.ts';
import { START_MS, SPACE } from './kit.ts';
import { ModelServer } from './model.ts';

export class RefusedPush extends Error {
  readonly refusal: Refusal;

  constructor(fault: Fault | 'bad_control' | 'bad_header', index?: number) {
    super(fault);
    this.refusal = refusalOf({ code: fault, index });
  }
}

export class JudgingServer extends ModelServer {
  members = new Members(SPACE);
  /** Whether it asks what the author of an addition had seen; a hostile one does not. */
  asks = true;

  constructor() {
    super(SPACE, START_MS);
  }

  override backup(): () => void {
    const [putBack, { members }] = [super.backup(), this];
    return () => {
      putBack();
      this.members = members;
    };
  }

  /** Answers a push with its receipt. Throws RefusedPush, and then has taken nothing of it. */
  override push(data: Bytes): Receipt {
    const members = this.#after(data);
    const receipt = super.push(data);
    this.members = members;
    return receipt;
  }

  #after(data: Bytes): Members {
    const push = decodePush(data);
    const segment = decodeSegment(push.seg);
    const ops = push.ops.map(([bytes, sealed]) => {
      const header = decodeHeader(bytes);
      const { kind } = header;
      return { header, body: isControlKind(kind) ? decodeBody(kind, sealed, SPACE) : null };
    });
    if (this.cursor === 0) {
      const [headers, bodies] = [ops.map(({ header }) => header), ops.map(({ body }) => body)];
      const founded = found(SPACE, headers, bodies);
      if (founded === null) throw new RefusedPush('bad_control');
      return founded;
    }
    const begun = new Set(this.segments.flatMap(({ rows }) => rows.flatMap(beginning)));
    const second = ops.findIndex(
      ({ header }) => header.opClass === OpClass.GENESIS && begun.has(header.entity),
    );
    if (second >= 0) throw new RefusedPush('bad_header', second);
    let members = this.members;
    const firstCursor = this.cursor + 1;
    const overlooked = this.asks ? unseen(segment, firstCursor) : { from: 0, to: 0 };
    for (const [index, { header, body }] of ops.entries()) {
      const fault = judge(members, header, body, overlooked);
      if (fault !== null) throw new RefusedPush(fault);
      if (body !== null) members = members.after(header.device, body, firstCursor + index);
    }
    return members;
  }
}

function beginning({ header: bytes }: { readonly header: HeaderBytes }): EntityId[] {
  const { entity, opClass } = decodeHeader(bytes);
  return opClass === OpClass.GENESIS ? [entity] : [];
}
