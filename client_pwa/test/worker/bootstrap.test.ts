/** A device that begins at a checkpoint, over a line that fails and a server that lies, and one of an older version. */
import { beforeEach, expect, test } from 'vitest';
import { encode } from '../../src/engine/codec.ts';
import { bytesOf, type WorkerId } from '../../src/engine/ids.ts';
import { commit, wrap } from '../../src/engine/keys.ts';
import { decodePage, encodePage, type Page, type Row } from '../../src/engine/log.ts';
import { DAY_MS } from '../../src/engine/logview.ts';
import { writeControl } from '../../src/engine/writer.ts';
import { sealVault } from '../../src/vault/vault.ts';
import { randomBytes } from '../../src/worker/server.ts';
import { decodeContents, encodeContents, identityOf } from '../../src/worker/contents.ts';
import { EPOCH_KEY, member, moment, SPACE } from '../engine/kit.ts';
import { Association, ORIGIN, PIN, Tablet, WORKERS } from './kit.ts';
import { fillDisk } from '../full-disk.ts';
import { type Asked, type MemoryServer, nameOf, problem } from './server.ts';

let association: Association;
let server: MemoryServer;
let awa: Tablet;
let person: string;

/** A log of several segments: Momo, whose description Awa writes three times, each above the one before. */
beforeEach(async () => {
  association = await Association.found();
  server = association.server;
  awa = await association.tablet('Awa');
  person = (await awa.call('person.create', { alias: 'Momo' })).id;
  await awa.sync();
  for (const description of ['Bonnet rouge', 'Bonnet bleu', 'Bonnet vert']) {
    await describes(description);
  }
  await association.deliver();
  server.asked.length = 0;
  server.pageSegments = 1;
});

async function describes(description: string): Promise<void> {
  const edit = { entity: person, kind: 'person', facts: {} };
  await awa.call('entity.edit', { ...edit, fields: { description } });
  await awa.sync();
}

/** Bruno's tablet, at the moment he chooses its code. */
async function joining(): Promise<Tablet> {
  const tablet = await Tablet.new(server);
  await tablet.call('join.begin', { link: association.link() });
  await association.answer('Bruno');
  await tablet.tick();
  await tablet.call('join.compared', null);
  return tablet;
}

/** The pages and the checkpoint that were asked for, each by what is behind its space. */
function pagesAsked(): string[] {
  return server.asked.filter(isPage).map(({ path }) => path.split(`${SPACE}/`)[1] ?? '');
}

function isPage({ path }: Asked): boolean {
  return path.includes(`/spaces/${SPACE}/`) && !path.endsWith('/push');
}

/** Lets so many pages through, and returns their addresses; then the line is down. */
function passes(count: number): readonly string[] {
  const answered: string[] = [];
  server.fault = (asked) => {
    if (!isPage(asked)) return null;
    if (answered.length === count) return 'down';
    answered.push(asked.path);
    return null;
  };
  return answered;
}

/** The line holds. */
function holds(): void {
  server.fault = () => null;
}

/** The alarm after one more attempt. */
async function alarmOf(tablet: Tablet): Promise<string | null> {
  return (await tablet.sync()).alarm;
}

async function descriptionOn(tablet: Tablet): Promise<unknown> {
  const { fields } = await tablet.call('view.person', { id: person });
  return fields['description']?.value;
}

/** What a page of the bootstrap is on its way. */
function alters(change: (page: Page) => Page): void {
  server.alter = (data) => {
    const page = decodePage(data);
    return page.log === null ? encodePage(change(page)) : data;
  };
}

/** The last page, which says that nothing more is to come. */
function holdsLast({ more }: Page): boolean {
  return !more;
}

/** The page with the first op of a segment of several as a name. */
function named(page: Page): Page {
  const segments = page.segments.map((segment) => {
    const [first, ...others] = segment.rows;
    if (first?.form !== 1 || others.length === 0) return segment;
    const name: Row = { form: 0, opId: nameOf([first.header, first.sealed]) };
    return { ...segment, rows: [name, ...others] };
  });
  return { ...page, segments };
}

function isHonest(): void {
  server.alter = (page) => page;
  server.alterCheckpoint = (checkpoint) => checkpoint;
}

test('a new device reads what is live at the checkpoint of its code, the checkpoint, and the log from there', async () => {
  const tablet = await joining();
  expect(await tablet.call('join.finish', { pin: PIN })).toMatchObject({ state: 'open' });
  const asked = pagesAsked();
  const at = asked.findIndex((path) => path.startsWith('checkpoint?'));
  expect(at).toBeGreaterThan(1);
  expect(asked.slice(0, at).every((path) => path.startsWith('bootstrap?'))).toBe(true);
  const k = Number(asked[at]?.split('=')[1]);
  expect(asked[at + 1]).toBe(`ops?after=${String(k)}`);
  expect(await descriptionOn(tablet)).toBe('Bonnet vert');
  await tablet.reopen();
  expect(await descriptionOn(tablet)).toBe('Bonnet vert');
  expect(
    pagesAsked()
      .slice(at + 1)
      .every((path) => path.startsWith('ops?')),
  ).toBe(true);
});

test('the number of entries that were read only grows, and reaches those that are live', async () => {
  const tablet = await joining();
  await tablet.call('join.finish', { pin: PIN });
  const told = tablet.events
    .flatMap((event) => (event.name === 'sync' ? [event.value.loading] : []))
    .filter((loading) => loading !== null);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(new Set(told).size).toBeGreaterThan(3);
  expect(told.at(-1)).toBe(server.cursor - 2);
});

test('a bootstrap goes on after a kill, whichever page was the last, and asks for none twice', async () => {
  const tablet = await joining();
  const answered = [passes(1)];
  await tablet.call('join.finish', { pin: PIN });
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if ((await tablet.state()).state === 'open') break;
    await tablet.restart();
    answered.push(passes(1));
    expect(await tablet.call('vault.unlock', { pin: PIN })).toMatchObject({ step: 'loading' });
    await tablet.sync();
  }
  expect(await descriptionOn(tablet)).toBe('Bonnet vert');
  expect(new Set(answered.flat()).size).toBe(answered.length);
  holds();
  expect(await alarmOf(tablet)).toBeNull();
});

test('a page, and the checkpoint, for which there is no room are asked for again', async () => {
  const tablet = await joining();
  passes(0);
  await tablet.call('join.finish', { pin: PIN });
  const filled = new Set<string>();
  server.fault = (asked) => {
    const what = asked.path.split('?')[0] ?? '';
    if (!isPage(asked) || filled.has(what)) return null;
    filled.add(what);
    fillDisk();
    return null;
  };
  for (let attempt = 0; attempt < 4; attempt += 1) await tablet.sync();
  expect(filled.size).toBe(3);
  expect(await tablet.state()).toMatchObject({ state: 'open' });
  expect(await descriptionOn(tablet)).toBe('Bonnet vert');
});

test.each<[string, () => void, string]>([
  [
    'a page with a log',
    () => {
      alters((page) => ({ ...page, log: server.log }));
    },
    'log',
  ],
  [
    'a bootstrap without a segment',
    () => {
      alters((page) => (holdsLast(page) ? { ...page, segments: [] } : page));
    },
    'checkpoint',
  ],
  [
    'a live op as a name',
    () => {
      alters((page) => (page.toCursor > 3 ? named(page) : page));
    },
    'checkpoint',
  ],
  [
    'another checkpoint',
    () => {
      server.alterCheckpoint = () => server.checkpoint(3);
    },
    'checkpoint',
  ],
  [
    'a signature that is none',
    () => {
      alters((page) => ({
        ...page,
        segments: page.segments.map((one) => ({ ...one, sig: new Uint8Array(64) })),
      }));
    },
    'signature',
  ],
])(
  '%s raises the alarm, nothing is shown, and it begins again once the server is honest',
  async (_, lies, reason) => {
    const tablet = await joining();
    lies();
    expect(await tablet.call('join.finish', { pin: PIN })).toMatchObject({ step: 'loading' });
    expect((await tablet.call('sync.state', null)).alarm).toBe(reason);
    await tablet.restart();
    isHonest();
    server.asked.length = 0;
    await tablet.call('vault.unlock', { pin: PIN });
    expect(await alarmOf(tablet)).toBeNull();
    expect(pagesAsked()[0]).toMatch(/^bootstrap\?at=\d+&after=0$/);
    expect(await tablet.state()).toMatchObject({ state: 'open' });
    expect(await descriptionOn(tablet)).toBe('Bonnet vert');
  },
);

test.each(['unknown_cursor', 'log_mismatch'])(
  'a server whose log has no such segment end raises the alarm: %s',
  async (code) => {
    const tablet = await joining();
    passes(2);
    await tablet.call('join.finish', { pin: PIN });
    server.fault = (asked) => (isPage(asked) ? problem(409, code) : null);
    expect(await alarmOf(tablet)).toBe('checkpoint');
    holds();
    server.asked.length = 0;
    expect(await alarmOf(tablet)).toBeNull();
    expect(pagesAsked()[0]).toMatch(/&after=0$/);
    expect(await descriptionOn(tablet)).toBe('Bonnet vert');
  },
);

test("a coordinator's eye from before the checkpoint is seen by a device that began there", async () => {
  const bruno = await association.tablet('Bruno');
  const before = await association.tablet('Ines');
  expect((await before.person('Momo')).line.mark).toBe('server');
  await bruno.call('person.create', { alias: 'Fatou' });
  await bruno.sync();
  await association.deliver();
  const after = await association.tablet('Ines');
  expect((await after.person('Momo')).line.mark).toBe('seen');
  expect((await after.person('Fatou')).line.mark).toBe('server');
});

test('a stub that a server owes the proof of for a day is an alarm, once it answered and did not come to the end', async () => {
  server.pageSegments = 1000;
  const bruno = await association.tablet('Bruno');
  server.pageSegments = 1;
  await describes('Bonnet gris');
  for (const alias of ['Un', 'Deux', 'Trois']) {
    await awa.call('person.create', { alias });
    await awa.sync();
  }
  await describes('Bonnet noir');
  passes(1);
  expect(await alarmOf(bruno)).toBeNull();
  bruno.now_ms += DAY_MS + 1;
  passes(0);
  expect(await alarmOf(bruno)).toBeNull();
  await bruno.restart();
  await bruno.call('vault.unlock', { pin: PIN });
  passes(1);
  expect(await alarmOf(bruno)).toBe('stub');
  holds();
  expect(await alarmOf(bruno)).toBeNull();
  expect(await descriptionOn(bruno)).toBe('Bonnet noir');
});

test('a pull that took a day without a stub is none', async () => {
  server.pageSegments = 1000;
  const bruno = await association.tablet('Bruno');
  server.pageSegments = 1;
  for (const alias of ['Un', 'Deux', 'Trois']) {
    await awa.call('person.create', { alias });
    await awa.sync();
  }
  passes(1);
  expect(await alarmOf(bruno)).toBeNull();
  bruno.now_ms += DAY_MS + 1;
  passes(1);
  expect(await alarmOf(bruno)).toBeNull();
});

test('a vault of version 1 is read: its device reads from the first op, as it did', async () => {
  const [signing, box, store] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const identity = await identityOf(signing, box);
  const epoch = { space: SPACE, n: 1, commitment: commit(SPACE, 1, EPOCH_KEY) };
  const xPk = identity.box?.public ?? new Uint8Array();
  const wrapped = await wrap(EPOCH_KEY, xPk, epoch, identity.device);
  const worker = WORKERS.Bruno.id as WorkerId;
  writeControl(
    association.odile,
    member(identity, { worker, wrap: wrapped, roles: 1 }),
    moment(40),
  );
  await association.deliver();
  const contents = encode([
    1,
    signing,
    box,
    store,
    bytesOf(SPACE),
    bytesOf(association.root),
    ORIGIN,
  ]);
  const tablet = await Tablet.new(server);
  const vault = await sealVault(contents, PIN, tablet.store.keys.vault, randomBytes);
  await tablet.store.keepVault(vault);
  await tablet.call('vault.unlock', { pin: PIN });
  expect(await alarmOf(tablet)).toBeNull();
  expect(pagesAsked().every((path) => path.startsWith('ops?'))).toBe(true);
  expect(await descriptionOn(tablet)).toBe('Bonnet vert');
  await tablet.reopen();
  expect(await descriptionOn(tablet)).toBe('Bonnet vert');
});

test('a vault holds where its log begins, as it was scanned', () => {
  const { root } = association;
  const [signing, box, store] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
  if (!signing || !box || !store) throw new RangeError('There are three.');
  const own = { signing, box, store, space: SPACE, root, origin: ORIGIN };
  for (const start of [null, { cursor: 7, checkpoint: '09'.repeat(32) as never }]) {
    expect(decodeContents(encodeContents({ ...own, start }))).toEqual({ ...own, start });
  }
});
