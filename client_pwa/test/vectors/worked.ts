/** The worked example of the specification, byte for byte; each with a twin in which one byte is another. */
import { type Bytes, sameBytes } from '../../src/engine/bytes.ts';
import {
  checkpointDigest,
  liveDigest,
  type StreamAt,
  streamsDigest,
} from '../../src/engine/checkpoint.ts';
import { NotCanonical } from '../../src/engine/codec.ts';
import { DoesNotOpen, openPayload, pad, sealPayload, unpad } from '../../src/engine/envelope.ts';
import {
  bytesOf,
  type DeviceId,
  type Digest,
  type EntityId,
  type HeaderBytes,
  idOf,
  type OpId,
  type PayloadBytes,
  type Sealed,
  type SpaceId,
  type StreamId,
} from '../../src/engine/ids.ts';
import {
  authMessage,
  BoxKey,
  commit,
  deviceId,
  KeyFails,
  opKey,
  openPrev,
  sealPrev,
  SigningKey,
  unwrap,
  verifies,
  wrap,
  wrapInfo,
} from '../../src/engine/keys.ts';
import { log0, nextLog } from '../../src/engine/log.ts';
import {
  decodeHeader,
  encodeHeader,
  entityOf,
  type Header,
  HeaderFault,
  OpClass,
  opId,
} from '../../src/engine/op.ts';
import { decodePayload, encodePayload, type Payload } from '../../src/engine/payload.ts';
import { EntitySecret, EpochKey, Seed } from '../../src/engine/secret.ts';
import {
  chain,
  decodeSegment,
  encodeSegment,
  head0,
  isSigned,
  type Segment,
  signSegment,
} from '../../src/engine/segment.ts';
import { bytes, type Check, flipped, refuses } from './checks.ts';

type Pads = Readonly<Record<string, number>>;
export type Worked = { readonly pads: Pads } & Readonly<Record<string, string | Pads>>;

const SPACE = '10'.repeat(16) as SpaceId;
const STREAM = '20'.repeat(16) as StreamId;
const PERSON = '30'.repeat(16) as EntityId;
const EK = new EpochKey(filled(3, 32));
const SECRET = new EntitySecret(filled(4, 32));
const HLC_MS = 1795300200000;
const SERVER_MS = 1795300800123;
const OPS = [1, 2, 3] as const;
type N = (typeof OPS)[number];

function filled(byte: number, size: number): Bytes {
  return new Uint8Array(size).fill(byte);
}

/** The example as values: what the bytes must say, and be made from. */
class Example {
  readonly #vectors: Worked;
  readonly device: DeviceId;

  constructor(vectors: Worked) {
    this.#vectors = vectors;
    this.device = this.name('device') as DeviceId;
  }

  bytes<T extends Bytes = Bytes>(name: string): T {
    return bytes<T>(this.name(name));
  }

  name(name: string): string {
    const found = this.#vectors[name];
    return typeof found === 'string' ? found : '';
  }

  digest(name: string): Digest {
    return this.name(name) as Digest;
  }

  opId(n: N): OpId {
    return this.name(`o${n}_id`) as OpId;
  }

  is(name: string, found: Bytes): boolean {
    return found.length > 0 && sameBytes(found, this.bytes(name));
  }

  header(n: N): Header {
    const facts = { 1: [['age_band', '25_34']], 2: [], 3: [['age_band', '35_44']] } as const;
    return {
      space: SPACE,
      device: this.device,
      entity: PERSON,
      opClass: n === 1 ? OpClass.GENESIS : OpClass.EDIT,
      kind: 'person',
      hlc_ms: HLC_MS,
      hlc_ctr: n - 1,
      epoch: 1,
      re: null,
      kills: n === 3 ? [this.opId(2)] : [],
      facts: facts[n],
    };
  }

  payload(n: N): Payload {
    const at_ms = { 1: 1795300512345, 2: 1795300560000, 3: 1795300620000 }[n];
    const field = {
      1: { name: 'alias/9f2c', value: 'Momo', base: [] },
      2: { name: 'mood_note', value: 'calm', base: [] },
      3: { name: 'mood_note', value: 'tired', base: [this.opId(2)] },
    }[n];
    const factBases = { 1: [[]], 2: [], 3: [[this.opId(1)]] }[n];
    return { secret: n === 1 ? SECRET : null, at_ms, by: null, factBases, fields: [field] };
  }

  segment(): Segment {
    return {
      space: SPACE,
      stream: STREAM,
      device: this.device,
      fromSeq: 1,
      n: 3,
      prevHead: this.digest('head0'),
      head: this.digest('head3'),
      seenCursor: 0,
      seenLog: this.digest('log0'),
    };
  }
}

export function workedChecks(vectors: Worked): Check[] {
  const example = new Example(vectors);
  return [
    ...keyChecks(example),
    ...OPS.flatMap((n) => opChecks(example, n)),
    ...Object.entries(vectors.pads).map(([size, padded]) => padCheck(Number(size), padded)),
    ...segmentChecks(example),
    ...epochChecks(example),
    checkpointCheck(example),
  ];
}

function keyChecks(example: Example): Check[] {
  return [
    {
      promise: "two seeds give the example's public keys and device",
      holds: async () => {
        const signing = await SigningKey.from(new Seed(filled(1, 32)));
        const box = await BoxKey.from(new Seed(filled(2, 32)));
        return (
          example.is('ed_pk', signing.public) &&
          example.is('x_pk', box.public) &&
          deviceId(signing.public) === example.device &&
          deviceId(flipped(signing.public)) !== example.device
        );
      },
    },
    {
      promise: 'a device signs origin, nonce and expiry as in the example, and for no other origin',
      holds: async () => {
        const signing = await SigningKey.from(new Seed(filled(1, 32)));
        const signed = (origin: string) => authMessage(origin, filled(10, 32), 1795300900000);
        const message = signed('https://escale.example');
        const sig = example.bytes('auth_sig');
        return (
          example.is('auth_sig', await signing.sign(message)) &&
          (await verifies(signing.public, message, sig)) &&
          !(await verifies(signing.public, signed('https://escale.example:8443'), sig))
        );
      },
    },
  ];
}

function opChecks(example: Example, n: N): Check[] {
  const header = example.bytes<HeaderBytes>(`o${n}_header`);
  const payload = example.bytes<PayloadBytes>(`o${n}_payload`);
  const sealed = example.bytes<Sealed>(`o${n}_sealed`);
  const key = () => opKey(EK, n === 1 ? null : SECRET, SPACE, PERSON, 1);
  return [
    {
      promise: `header ${n} has the example's bytes, and with its version changed it is refused`,
      holds: async () =>
        example.is(`o${n}_header`, encodeHeader(example.header(n))) &&
        example.is(`o${n}_header`, encodeHeader(decodeHeader(header))) &&
        entityOf(header) === PERSON &&
        (await refuses(HeaderFault, () => decodeHeader(flipped(header, 1)))),
    },
    {
      promise: `payload ${n} has the example's bytes, and with its version changed it is none`,
      holds: async () => {
        const read = decodePayload(payload, example.header(n));
        return (
          example.is(`o${n}_payload`, encodePayload(example.payload(n))) &&
          example.is(`o${n}_payload`, encodePayload(read)) &&
          (await refuses(DoesNotOpen, () => decodePayload(flipped(payload, 1), example.header(n))))
        );
      },
    },
    {
      promise: `op ${n} seals to the example's bytes and opens; with a byte changed it does not`,
      holds: async () => {
        const k = await key();
        return (
          example.is(`o${n}_key`, k.reveal()) &&
          example.is(`o${n}_sealed`, await sealPayload(k, filled(n + 4, 12), payload, header)) &&
          example.is(`o${n}_payload`, await openPayload(k, sealed, header)) &&
          (await refuses(DoesNotOpen, () => openPayload(k, flipped(sealed), header))) &&
          (await refuses(DoesNotOpen, () => openPayload(k, sealed, flipped(header))))
        );
      },
    },
    {
      promise: `op ${n} has the example's name, and with a byte changed another`,
      holds: () => {
        const other = idOf<EntityId>(flipped(bytesOf(PERSON)));
        const names = [
          opId(other, header, sealed),
          opId(PERSON, flipped(header), sealed),
          opId(PERSON, header, flipped(sealed)),
        ];
        return opId(PERSON, header, sealed) === example.opId(n) && !names.includes(example.opId(n));
      },
    },
  ];
}

function padCheck(size: number, padded: number): Check {
  return {
    promise: `a payload of ${size} bytes is padded to ${padded}, and nothing may follow its end`,
    holds: async () => {
      const filler = pad(filled(0x78, size));
      return (
        filler.length === padded &&
        sameBytes(unpad(filler), filled(0x78, size)) &&
        (await refuses(DoesNotOpen, () => unpad(flipped(filler))))
      );
    },
  };
}

function segmentChecks(example: Example): Check[] {
  const opIds = OPS.map((n) => example.opId(n));
  const [seg, sig] = [example.bytes('seg'), example.bytes('sig')];
  return [
    {
      promise: "the chain has the example's heads, and in another order another",
      holds: () => {
        const first = head0(SPACE, STREAM, example.device);
        const heads = OPS.map((n) => example.digest(`o${n}_head`));
        return (
          first === example.digest('head0') &&
          chain(first, opIds).join() === heads.join() &&
          heads[2] === example.digest('head3') &&
          chain(first, opIds.toReversed())[2] !== heads[2]
        );
      },
    },
    {
      promise: "the segment and its signature are the example's, and neither with a byte changed",
      holds: async () => {
        const signing = await SigningKey.from(new Seed(filled(1, 32)));
        return (
          example.is('seg', encodeSegment(example.segment())) &&
          example.is('seg', encodeSegment(decodeSegment(seg))) &&
          example.is('sig', await signSegment(signing, seg)) &&
          (await isSigned(signing.public, seg, sig)) &&
          !(await isSigned(signing.public, flipped(seg), sig)) &&
          !(await isSigned(signing.public, seg, flipped(sig))) &&
          (await refuses(NotCanonical, () => decodeSegment(flipped(seg, 1))))
        );
      },
    },
    {
      promise: "the log hashes are the example's, and with another time another",
      holds: () =>
        log0(SPACE) === example.digest('log0') &&
        nextLog(log0(SPACE), 3, SERVER_MS, seg) === example.digest('log1') &&
        nextLog(log0(SPACE), 3, SERVER_MS + 1, seg) !== example.digest('log1'),
    },
  ];
}

function checkpointCheck(example: Example): Check {
  const live = [1, 3] as const;
  const rows = live.map((cursor) => ({ cursor, server_ms: SERVER_MS, opId: example.opId(cursor) }));
  const { device } = example;
  const stream = { stream: STREAM, device, nextSeq: 4, head: example.digest('head3') };
  const log = example.digest('log1');
  const cp = (streams: StreamAt[], digest: Digest): Digest =>
    checkpointDigest(SPACE, { cursor: 3, log, streams }, digest);
  return {
    promise: "live ops, streams and checkpoint have the example's digests, and without one another",
    holds: () =>
      liveDigest(rows) === example.digest('live_digest') &&
      liveDigest(rows.slice(1)) !== example.digest('live_digest') &&
      streamsDigest([stream]) === example.digest('streams_digest') &&
      streamsDigest([{ ...stream, nextSeq: 3 }]) !== example.digest('streams_digest') &&
      cp([stream], liveDigest(rows)) === example.digest('cp') &&
      cp([stream], liveDigest(rows.slice(1))) !== example.digest('cp') &&
      cp([], liveDigest(rows)) !== example.digest('cp'),
  };
}

function epochChecks(example: Example): Check[] {
  const epoch = { space: SPACE, n: 1, commitment: example.digest('commit') };
  const newer = new EpochKey(filled(8, 32));
  const wrapped = example.bytes('wrap');
  const prev = example.bytes('prev2');
  return [
    {
      promise: "the example's wrap opens to the committed key; changed, or for another, it fails",
      holds: async () => {
        const box = await BoxKey.from(new Seed(filled(2, 32)));
        const own = await wrap(EK, box.public, epoch, example.device);
        const foreign = await wrap(newer, box.public, epoch, example.device);
        const fails = (bytes: Bytes, n = 1) =>
          refuses(KeyFails, () => unwrap(bytes, box, { ...epoch, n }, example.device));
        return (
          commit(SPACE, 1, EK) === epoch.commitment &&
          example.is('info', wrapInfo(epoch, example.device)) &&
          EK.equals(await unwrap(wrapped, box, epoch, example.device)) &&
          EK.equals(await unwrap(own, box, epoch, example.device)) &&
          (await fails(flipped(wrapped))) &&
          (await fails(flipped(wrapped, 0))) &&
          (await fails(wrapped, 2)) &&
          (await fails(foreign)) &&
          (await fails(wrapped.slice(0, 31))) &&
          (await fails(new Uint8Array(80)))
        );
      },
    },
    {
      promise: "the box of the previous key is the example's; changed, or for another, it fails",
      holds: async () =>
        example.is('prev2', await sealPrev(newer, EK, filled(9, 12), SPACE, 2)) &&
        EK.equals(await openPrev(prev, newer, epoch)) &&
        (await refuses(KeyFails, () => openPrev(flipped(prev), newer, epoch))) &&
        (await refuses(KeyFails, () => openPrev(prev.slice(0, 20), newer, epoch))) &&
        (await refuses(KeyFails, () =>
          openPrev(prev, newer, { ...epoch, commitment: example.digest('head0') }),
        )),
    },
  ];
}
