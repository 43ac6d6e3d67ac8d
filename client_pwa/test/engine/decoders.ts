/**
 * Every decoder that reads bytes of others, as one question: is this what it reads, and is it written so in return?
 *
 * A verdict is a letter: `a` for accepted, `r` for refused by the decoder's own error; a header that is refused and still
 * names its entity is `n`, and a copy that is not taken has a letter of its fault. Any other error goes through, and so
 * does one of bytes that are accepted and would be written otherwise.
 */
import { readFileSync } from 'node:fs';
import { type Bytes, fromHex, sameBytes } from '../../src/engine/bytes.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/engine/checkpoint.ts';
import { decode, encode, NotCanonical } from '../../src/engine/codec.ts';
import { ControlFault, decodeBody, encodeBody } from '../../src/engine/control.ts';
import {
  BadCode,
  decodeCode1,
  decodeCode2,
  decodeLink,
  decodeSetup,
  encodeCode1,
  encodeCode2,
  encodeLink,
  encodeSetup,
} from '../../src/engine/enrolment.ts';
import { DoesNotOpen } from '../../src/engine/envelope.ts';
import { IntegrityFailure } from '../../src/engine/errors.ts';
import {
  bytesOf,
  type HeaderBytes,
  type OpId,
  type PayloadBytes,
  type Sealed,
  type StreamId,
} from '../../src/engine/ids.ts';
import {
  decodePage,
  decodeReceipt,
  encodePage,
  encodeReceipt,
  log0,
  nextLog,
} from '../../src/engine/log.ts';
import type { Void } from '../../src/engine/logview.ts';
import {
  CONTROL_KINDS,
  type ControlKind,
  decodeHeader,
  encodeHeader,
  entityOf,
  HeaderFault,
  opId,
} from '../../src/engine/op.ts';
import { decodePayload, encodePayload } from '../../src/engine/payload.ts';
import { readPush } from '../../src/engine/push.ts';
import { Reader } from '../../src/engine/reader.ts';
import { BadCopy, openCopy } from '../../src/engine/salvage.ts';
import {
  chain,
  decodePush,
  decodeSegment,
  encodePush,
  encodeSegment,
  head0,
  signSegment,
} from '../../src/engine/segment.ts';
import { FOLDER, readPython } from '../vectors/files.ts';
import { replicaOf } from '../vectors/python.ts';
import { registryOf } from '../vectors/registry.ts';
import { AWA, SPACE, START_MS } from './kit.ts';

export type Judge = (data: Bytes) => Promise<string>;

/** Sound bytes, what was done to them, and what the other language says of the outcome. */
export type Spoilt = {
  readonly decoder: string;
  readonly header: string | null;
  readonly base: string;
  readonly edits: readonly string[];
  readonly verdicts: string;
};

const NONCE = new Uint8Array(16).fill(12);
const python = readPython();
const registry = registryOf(python.registry);

/** What the other language has judged; `MUTATIONS` names another file, for a longer search. */
export function readSpoilt(): Spoilt[] {
  const file = process.env['MUTATIONS'] ?? `${FOLDER}/mutations.json`;
  return JSON.parse(readFileSync(file, 'utf8')) as Spoilt[];
}

/** Returns the bytes after edits, each `at-length:hex`: so many bytes there are replaced. */
export function spoilt(base: Bytes, edits: string): Bytes {
  return edits
    .split(' ')
    .filter(Boolean)
    .reduce((data, edit) => {
      const [, at, cut, put] = /^(\d+)-(\d+):([0-9a-f]*)$/.exec(edit) ?? [];
      const [from, size] = [Number(at), Number(cut)];
      const parts = [data.subarray(0, from), fromHex(put ?? ''), data.subarray(from + size)];
      return new Uint8Array(Buffer.concat(parts));
    }, base);
}

type Known = abstract new (...details: never[]) => Error;

/** Returns the judge of a decoder: its encoder writes what it has read, and `error` is its own. */
export function by<T>(read: (data: Bytes) => T, write: (item: T) => Bytes, error: Known): Judge {
  const judge = (data: Bytes): string => {
    let item: T;
    try {
      item = read(data);
    } catch (thrown) {
      if (!(thrown instanceof error)) throw thrown;
      return 'r';
    }
    if (!sameBytes(write(item), data)) throw new Error('Accepted, and would be written otherwise.');
    return 'a';
  };
  return (data) => Promise.resolve(data).then(judge);
}

function textOf(data: Bytes): string {
  return Buffer.from(data).toString('base64url');
}

function code<T>(read: (text: string) => T, write: (code: T) => string): Judge {
  const bytesOfText = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'base64url'));
  return by(
    (data) => read(textOf(data)),
    (item) => bytesOfText(write(item)),
    BadCode,
  );
}

function payloadUnder(header: string): Judge {
  const above = decodeHeader(fromHex(header) as HeaderBytes);
  return by((data) => decodePayload(data as PayloadBytes, above), encodePayload, DoesNotOpen);
}

function bodyOf(kind: ControlKind): Judge {
  return by((data) => decodeBody(kind, data as Sealed, SPACE), encodeBody, ControlFault);
}

const header: Judge = async (data) => {
  const read = (one: Bytes) => decodeHeader(one as HeaderBytes);
  const verdict = await by(read, encodeHeader, HeaderFault)(data);
  const isNamed = entityOf(data as HeaderBytes) !== null;
  if (verdict === 'a' && !isNamed) throw new Error('A header without an entity was read.');
  return verdict === 'r' && isNamed ? 'n' : verdict;
};

/** Judges a push as one who is handed it does, before anything that is stored. */
const push: Judge = async (data) => {
  const found = readPush(data, SPACE);
  return found !== null && (await found.isSound(AWA.signing.public, registry)) ? 'a' : 'r';
};

const copy: Judge = async (data) => {
  const awa = await replicaOf(python.space, registry);
  await awa.applyPage(fromHex(python.salvage.page), START_MS);
  try {
    await openCopy(awa, data);
    return 'a';
  } catch (error) {
    if (!(error instanceof BadCopy)) throw error;
    return error.fault.charAt(2); // the first two letters do not tell them apart
  }
};

const VOIDS: Readonly<Record<Void, string>> = {
  header: 'h',
  segment: 's',
  logged: 'l',
  revoked: 'k',
  role: 'o',
  epoch: 'e',
  control: 'c',
  genesis: 'g',
  amends: 'm',
  erased: 'x',
};

async function founded(): Promise<Reader> {
  const [found] = decodePage(fromHex(python.pages[0]?.page ?? '')).segments;
  if (found === undefined) throw new Error('The vectors hold a whole log.');
  const last = found.rows.length;
  const log = nextLog(log0(SPACE), last, found.server_ms, found.seg);
  const reader = new Reader(SPACE, python.space.root as OpId);
  const page = encodePage({ toCursor: last, log, more: false, segments: [found] });
  reader.commit(await reader.read(page, START_MS));
  return reader;
}

/**
 * Judges what a member signs and a server stores unseen: a header, or a control body of a kind. `a`: it counts; `i`: no
 * honest log has it; else why it is void, in a letter.
 */
function logged(kind: ControlKind | null): Judge {
  return async (data) => {
    const awa = await founded();
    const above = (kind === null ? data : controlHeader(kind)) as HeaderBytes;
    const sealed = (kind === null ? new Uint8Array(300) : data) as Sealed;
    const named = entityOf(above);
    const name = named === null ? ('00'.repeat(32) as OpId) : opId(named, above, sealed);
    const stream = '20'.repeat(16) as StreamId;
    const prevHead = head0(SPACE, stream, AWA.device);
    const head = chain(prevHead, [name])[0] ?? prevHead;
    const ids = { space: SPACE, stream, device: AWA.device };
    const seen = { seenCursor: 0, seenLog: log0(SPACE) };
    const seg = encodeSegment({ ...ids, fromSeq: 1, n: 1, prevHead, head, ...seen });
    const sig = await signSegment(AWA.signing, seg);
    const [first, server_ms] = [awa.view.cursor + 1, awa.view.server_ms + 1];
    const rows = [{ form: 1, header: above, sealed }] as const;
    const log = nextLog(awa.view.log, first, server_ms, seg);
    const segments = [{ firstCursor: first, server_ms, seg, sig, rows }];
    try {
      const page = encodePage({ toCursor: first, log, more: false, segments });
      awa.commit(await awa.read(page, START_MS));
    } catch (error) {
      if (!(error instanceof IntegrityFailure)) throw error;
      return 'i';
    }
    const reason = awa.view.firstEntries.get(name)?.void;
    if (reason === undefined) throw new Error('The op is not in the log.');
    return reason === null ? 'a' : VOIDS[reason];
  };
}

/** The header of a sound control op of a kind. */
function controlHeader(kind: ControlKind): Bytes {
  const ids = [bytesOf(SPACE), bytesOf(AWA.device), bytesOf(SPACE)];
  return encode([1, ...ids, 3, kind, START_MS, 0, 1, null, [], []]);
}

const JUDGES: Readonly<Record<string, Judge>> = {
  value: by(decode, encode, NotCanonical),
  header,
  segment: by(decodeSegment, encodeSegment, NotCanonical),
  'members of a push': by(
    decodePush,
    ({ seg, sig, ops }) => encodePush(seg, sig, ops),
    NotCanonical,
  ),
  push,
  receipt: by(decodeReceipt, encodeReceipt, NotCanonical),
  page: by(decodePage, encodePage, NotCanonical),
  checkpoint: by(decodeCheckpoint, encodeCheckpoint, NotCanonical),
  copy,
  'code 1': code(decodeCode1, encodeCode1),
  'code 2': code((text) => decodeCode2(text, NONCE), encodeCode2),
  link: code(decodeLink, encodeLink),
  setup: code(decodeSetup, encodeSetup),
  'op in a log': logged(null),
  ...Object.fromEntries(CONTROL_KINDS.map((kind) => [`${kind} body`, bodyOf(kind)])),
  ...Object.fromEntries(CONTROL_KINDS.map((kind) => [`${kind} in a log`, logged(kind)])),
};

/** The judge of a decoder; the payload's has the header of its op. */
export function judgeOf({ decoder, header: above }: Pick<Spoilt, 'decoder' | 'header'>): Judge {
  const judge = above === null ? JUDGES[decoder] : payloadUnder(above);
  if (judge === undefined) throw new Error(`There is no decoder "${decoder}".`);
  return judge;
}

/** Returns the edits after which a judge does not say what the other language does, with its letter. */
export async function disagreements(one: Spoilt, judge = judgeOf(one)): Promise<string[]> {
  const base = fromHex(one.base);
  const found: string[] = [];
  for (const [at, edits] of one.edits.entries()) {
    const verdict = await judge(spoilt(base, edits)).catch(String);
    if (verdict !== one.verdicts[at]) found.push(`${edits}: ${verdict}`);
  }
  return found;
}
