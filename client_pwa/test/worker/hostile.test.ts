/** A server that lies, in every way that a reader tells apart: what the tablet says, keeps and goes on doing. */
import { beforeAll, expect, test } from 'vitest';
import type { Reason } from '../../src/engine/errors.ts';
import {
  type DeviceId,
  type Digest,
  type EntityId,
  type HeaderBytes,
  type Sealed,
  type SpaceId,
} from '../../src/engine/ids.ts';
import type { Identity } from '../../src/engine/keyring.ts';
import { commit, wrap } from '../../src/engine/keys.ts';
import { decodePage, encodePage, type Page } from '../../src/engine/log.ts';
import { decodeHeader, OpClass } from '../../src/engine/op.ts';
import { newReplica } from '../../src/engine/replica.ts';
import { writeRotation } from '../../src/engine/rotation.ts';
import type { EpochKey } from '../../src/engine/secret.ts';
import { decodeSegment, encodeSegment, type Segment } from '../../src/engine/segment.ts';
import { firstEpoch, write, writeControl, writeFounding } from '../../src/engine/writer.ts';
import { registry } from '../../src/worker/catalogue.ts';
import { pointerIntent } from '../../src/worker/health/pointer.ts';
import { randomBytes, randomId } from '../../src/worker/server.ts';
import { deliver, EPOCH_KEY, MALLORY, member, moment, RECOVERY, stream } from '../engine/kit.ts';
import { row, segment, signed, stub, without } from '../engine/pages.ts';
import { House } from './house.ts';
import { ANOTHER_KEY, Association, PIN, Tablet } from './kit.ts';
import type { MemoryServer } from './server.ts';
import { accessOf, deviceOf, Ward } from './ward.ts';

const ZERO = '00'.repeat(32) as Digest;
const SEALED = new Uint8Array([120]) as Sealed;
const UNREADABLE = {
  form: 1,
  header: new Uint8Array([0x90]) as HeaderBytes,
  sealed: SEALED,
} as const;
const HEALTH = '77'.repeat(16) as SpaceId;

/** A tablet that is lied to from when the server is told to, until it is honest again. */
type Scene = {
  readonly tablet: Tablet;
  /** Nobody lies to it: both are to show the same in the end. */
  readonly other: Tablet;
  readonly lies: () => void;
  readonly isHonest: () => void;
  /** How many of the tablet's own records wait under the alarm, after the first and after the second. */
  readonly waiting: readonly [number, number];
};

/** What becomes of a page; `anew` is what Odile, who has gone over to the server, signed in place of its first segment. */
type Lie = (page: Page, anew: Page['segments'][number]) => Page;

let association: Association;
let awa: Tablet;
let bruno: Tablet;

beforeAll(async () => {
  association = await Association.found();
  awa = await association.tablet('Awa');
  bruno = await association.tablet('Bruno');
});

/** Odile writes about somebody in two segments, of two ops and of one; a tablet that has read all before is lied to. */
async function reading(
  lie: Lie,
  changed: Partial<Segment> = {},
  who: Identity = association.odile.identity,
): Promise<Scene> {
  const { server, odile } = association;
  for (const tablet of [awa, bruno]) await tablet.sync();
  await association.deliver();
  const before = server.cursor;
  const person = { entity: randomId<EntityId>(), kind: 'person' };
  const named = { intent: 'genesis' as const, ...person, fields: { 'alias/01': 'Momo' } };
  const now = { ...moment(), random: randomBytes };
  const said = (description: string) => {
    return { intent: 'edit' as const, ...person, fields: { description } };
  };
  await write(odile, [named, said('Bonnet rouge')], now);
  await association.deliver();
  await write(odile, [said('Bonnet bleu')], now);
  await association.deliver();
  const [anew] = (await signed(decodePage(server.thinPage(before)), 0, changed, who)).segments;
  if (anew === undefined) throw new Error('Nothing was written.');
  const lies = (): void => {
    server.alter = (data) => encodePage(lie(decodePage(data), anew));
  };
  return { tablet: awa, other: bruno, lies, isHonest: truthOf(server), waiting: [1, 2] };
}

/** The health file is opened, and its first page is a lie to the nurse who is to read it; the association's is none. */
async function opening(lie: (page: Page) => Page): Promise<Scene> {
  const { house, odile, ines } = await Ward.found();
  await odile.call('health.open', null);
  await odile.sync();
  const { other: file } = house;
  const lies = (): void => {
    file.alter = (data) => encodePage(lie(decodePage(data)));
  };
  return { tablet: ines, other: odile, lies, isHonest: truthOf(file), waiting: [0, 0] };
}

function truthOf(server: MemoryServer): () => void {
  return () => {
    server.alter = (page) => page;
  };
}

const anew: Lie = (page, instead) => segment(page, 0, instead);

/** The page with the first op alone, in a segment that says so. */
function foundingCut(page: Page): Page {
  const [first] = page.segments;
  if (first === undefined) return page;
  const seg = encodeSegment({ ...decodeSegment(first.seg), n: 1 });
  return segment(page, 0, { seg, rows: first.rows.slice(0, 1) });
}

/** The page with another first op. */
function founderSwapped(page: Page): Page {
  const first = page.segments[0]?.rows[0];
  return first?.form === 1 ? row(page, 0, 0, { ...first, sealed: SEALED }) : page;
}

function rowsOf(page: Page, at: number): Page['segments'][number]['rows'] {
  return page.segments[at]?.rows ?? [];
}

/** The compiler asks for every reason. A checkpoint is proved before a tablet works: that has a test of its own. */
const LIES: Readonly<Record<Exclude<Reason, 'checkpoint'>, () => Promise<Scene>>> = {
  page: () => reading((page) => segment(page, 0, { rows: rowsOf(page, 0).slice(1) })),
  cursor: () => reading((page) => without(page, 0)),
  server_ms: () => reading((page) => segment(page, 1, { server_ms: 1 })),
  device: () => reading(anew, { device: MALLORY.device }, MALLORY),
  signature: () => reading((page) => segment(page, 0, { sig: new Uint8Array(64) })),
  stream: () => reading(anew, { fromSeq: 99 }),
  seen: () => reading(anew, { seenLog: ZERO }),
  entity: () => reading((page) => row(page, 0, 0, UNREADABLE)),
  chain: () => reading((page) => segment(page, 0, { rows: rowsOf(page, 0).toReversed() })),
  log: () => reading((page) => ({ ...page, log: ZERO })),
  stub: () => reading((page) => stub(page, 1, 0, 2)),
  root: () => opening(founderSwapped),
  founding: () => opening(foundingCut),
};

async function names(tablet: Tablet): Promise<string[]> {
  const { people } = await tablet.call('view.people', { query: '' });
  return people.map(({ name }) => name).sort();
}

/** How many people the log has. */
function begun({ segments }: MemoryServer): number {
  const headers = segments.flatMap(({ rows }) => rows.map(({ header }) => decodeHeader(header)));
  return headers.filter(({ kind, opClass }) => kind === 'person' && opClass === OpClass.GENESIS)
    .length;
}

test.each(Object.entries(LIES))(
  'a lie is told by its name, nothing that is saved is lost under it, and the truth ends it: %s',
  async (reason, made) => {
    const { tablet, other, lies, isHonest, waiting } = await made();
    const known = await names(tablet);
    const [first, second] = [`Fatou ${reason}`, `Sami ${reason}`];
    lies();
    await tablet.call('person.create', { alias: first });
    const told = { alarm: reason, aside: 0, restored: null };
    expect(await tablet.sync()).toMatchObject({ ...told, unsent: waiting[0] });
    await tablet.reopen();
    expect(await tablet.call('sync.state', null)).toMatchObject({ ...told, unsent: waiting[0] });
    await tablet.call('person.create', { alias: second });
    expect(await tablet.sync()).toMatchObject({ ...told, unsent: waiting[1] });
    expect(await names(tablet)).toEqual([...known, first, second].sort());
    isHonest();
    expect(await tablet.sync()).toMatchObject({ ...told, alarm: null, unsent: 0 });
    await other.sync();
    const shown = await names(tablet);
    expect(shown).toEqual(expect.arrayContaining([...known, first, second]));
    expect(await names(other)).toEqual(shown);
    expect(begun(tablet.server)).toBe(shown.length);
  },
);

test('the same page, as it is, raises no alarm', async () => {
  const { tablet, other, lies } = await reading((page) => page);
  lies();
  await tablet.call('person.create', { alias: 'Nadia' });
  expect(await tablet.sync()).toMatchObject({ alarm: null, unsent: 0 });
  await other.sync();
  expect(await names(other)).toEqual(await names(tablet));
});

test('a tablet that is let in by a false checkpoint says so, and a new invitation is its way out', async () => {
  const { server } = association;
  server.alterCheckpoint = () => server.checkpoint(3);
  const tablet = await Tablet.new(server);
  const join = async (): Promise<void> => {
    await tablet.call('join.begin', { link: association.link() });
    await association.answer('Ines');
    await tablet.tick();
    await tablet.call('join.compared', null);
    await tablet.call('join.finish', { pin: PIN });
  };
  await join();
  expect(await tablet.state()).toMatchObject({ state: 'joining', step: 'loading' });
  expect(await tablet.call('sync.state', null)).toMatchObject({ alarm: 'checkpoint' });
  await tablet.reopen();
  expect(await tablet.call('sync.state', null)).toMatchObject({ alarm: 'checkpoint' });
  server.alterCheckpoint = (checkpoint) => checkpoint;
  expect(await tablet.call('join.cancel', null)).toEqual({ state: 'unjoined' });
  await join();
  expect(await tablet.state()).toMatchObject({ state: 'open' });
  expect(await tablet.call('sync.state', null)).toMatchObject({ alarm: null });
});

test("a key that is not the others' is an alarm until the right one comes, and saving goes on under it", async () => {
  const own = await Association.found();
  const [tablet, honest] = [await own.tablet('Awa'), await own.tablet('Bruno')];
  await own.rotateAmiss(await deviceOf(tablet));
  expect(await honest.sync()).toMatchObject({ alarm: null });
  expect(await tablet.sync()).toMatchObject({ alarm: 'key' });
  await honest.call('person.create', { alias: 'Momo' });
  await honest.sync();
  await tablet.call('person.create', { alias: 'Fatou' });
  expect(await tablet.sync()).toMatchObject({ alarm: 'key', unsent: 0 });
  expect(await names(tablet)).toEqual(['Fatou']);
  await tablet.reopen();
  expect(await tablet.call('sync.state', null)).toMatchObject({ alarm: 'key' });
  await writeRotation(own.odile, { ...moment(), random: randomBytes });
  await own.deliver();
  expect(await tablet.sync()).toMatchObject({ alarm: null });
  await honest.sync();
  expect(await names(tablet)).toEqual(['Fatou', 'Momo']);
  expect(await names(honest)).toEqual(['Fatou', 'Momo']);
});

test("a key of the health file that is not the others' is the same alarm", async () => {
  const house = new House();
  const own = await Association.found(house);
  const ines = await own.tablet('Ines');
  const { identity, reader } = own.odile;
  const theirs = reader.view.members.byDevice.get((await deviceOf(ines)) as DeviceId);
  if (theirs?.xPk == null) throw new Error('The tablet has no key.');
  const { xPk, device } = theirs;
  const file = newReplica(identity, registry(), HEALTH, null, stream(8));
  const founders = [member(identity), member(RECOVERY)] as const;
  const founding = await firstEpoch(HEALTH, founders, EPOCH_KEY);
  const root = await writeFounding(file, founders, founding, moment(2));
  const epoch = { space: HEALTH, n: 1, commitment: commit(HEALTH, 1, EPOCH_KEY) };
  const opened = house.open(HEALTH);
  const letIn = async (key: EpochKey): Promise<void> => {
    const wrapped = await wrap(key, xPk, epoch, device);
    writeControl(file, { kind: 'member', ...theirs, roles: 3, wrap: wrapped }, moment());
    await deliver(file, opened);
  };
  await letIn(ANOTHER_KEY);
  await write(own.odile, [pointerIntent(HEALTH, root)], { ...moment(), random: randomBytes });
  await own.deliver();
  expect(await ines.sync()).toMatchObject({ alarm: 'key' });
  expect(await accessOf(ines)).toBe('waiting');
  await letIn(EPOCH_KEY);
  expect(await ines.sync()).toMatchObject({ alarm: null });
  expect(await accessOf(ines)).toBe('open');
});
