/** A tab that is killed while its device joins, and at each moment of its first load: it goes on where it was. */
import { openDB } from 'idb';
import { afterEach, expect, test, vi } from 'vitest';
import { Store } from '../../src/store/store.ts';
import { PROOF } from '../../src/worker/kept.ts';
import { SPACE } from '../engine/kit.ts';
import { Association, NOBODY, PIN, Tablet, pieces } from './kit.ts';
import { broughtUpToDate, killedAtEachMoment, Life, reopened } from './mortal.ts';
import type { Asked, Fault, MemoryServer } from './server.ts';

// A test of these is a hundred short lives.
vi.setConfig({ testTimeout: 60_000 });

afterEach(() => {
  vi.restoreAllMocks();
});

const FROM = ['checkpoint', 'first op'] as const;
type From = (typeof FROM)[number];

function isPage({ path }: Asked): boolean {
  return path.includes(`/spaces/${SPACE}/`) && !path.endsWith('/push');
}

/** The pages and the checkpoint that were asked for since, each by what is behind its space; not what is still to come. */
function pagesAsked(server: MemoryServer, since: number): string[] {
  return server.asked
    .slice(since)
    .filter(isPage)
    .map(({ path }) => path.split(`${SPACE}/`)[1] ?? '')
    .filter((page) => page !== `ops?after=${server.cursor}`);
}

/** Lets a browser join by a link, once it is answered. */
async function joins(tablet: Tablet, link: string, answer: () => Promise<unknown>): Promise<void> {
  await tablet.call('join.begin', { link });
  await answer();
  await tablet.tick();
  await tablet.call('join.compared', null);
  await tablet.call('join.finish', { pin: PIN });
}

type Loading = {
  readonly association: Association;
  /** It has joined, and has none of the pages. */
  readonly bruno: Tablet;
  /** What a tablet asks for, shows and keeps that nobody killed. */
  readonly whole: readonly string[];
  readonly shown: unknown;
  readonly keys: unknown;
  /** How many of the pages it takes until the log says that the device is a member. */
  readonly toMember: number;
};

/** A log of several segments: what is superseded, a round with an encounter, and what was written after the answer. */
async function loading(from: From): Promise<Loading> {
  const association = await Association.found();
  const { server } = association;
  const awa = await association.tablet('Awa');
  const { id } = await awa.call('person.create', { alias: 'Momo' });
  await awa.sync();
  for (const description of ['Bonnet rouge', 'Bonnet bleu']) {
    const edit = { entity: id, kind: 'person', facts: {} };
    await awa.call('entity.edit', { ...edit, fields: { description } });
  }
  const patrol = await awa.openRound();
  const met = { ...NOBODY, patrol, anonymous: { man: 1 } };
  await awa.call('encounter.save', { ...met, people: [{ id }], items: pieces({ tips: 1 }) });
  await awa.sync();
  await association.deliver();
  const bruno = await Tablet.new(server);
  server.fault = (asked) => (isPage(asked) ? 'down' : null);
  await joins(bruno, association.link(), () => association.answer('Bruno', 1, from));
  server.fault = () => null;
  const member = server.cursor;
  for (const alias of ['Fatou', 'Moussa']) {
    await awa.call('person.create', { alias });
    await awa.sync();
  }
  server.pageSegments = 2;
  const since = server.asked.length;
  const unhurt = await bruno.clone();
  await unhurt.reopen();
  const whole = pagesAsked(server, since);
  const toMember = whole.filter((path) => !path.startsWith('ops') || cursorIn(path) < member);
  const [shown, keys] = [await shownOn(unhurt), await keysIn()];
  return { association, bruno, whole, shown, keys, toMember: toMember.length };
}

function cursorIn(page: string): number {
  return Number(page.split('after=')[1]);
}

/** What a tablet that is opened without a server shows of everything that was written. */
async function shownOn(tablet: Tablet): Promise<unknown> {
  await reopened(tablet);
  return {
    state: await tablet.state(),
    momo: await tablet.person('Momo'),
    people: await tablet.call('view.people', { query: '' }),
    workers: await tablet.call('view.workers', null),
    patrols: await tablet.call('view.patrol', null),
    team: await tablet.call('view.team', null),
    sync: { ...(await tablet.call('sync.state', null)), lastReached: null, nextTry: null },
  };
}

/** The pages of the log, and the proof of the checkpoint, that lie on the disk of the tablet that was opened last. */
async function keysIn(): Promise<readonly IDBValidKey[]> {
  const disk = await openDB('escale');
  const [pages, records] = [await disk.getAllKeys('log'), await disk.getAllKeys('sealed')];
  disk.close();
  return [...pages, ...records.filter((name) => name === PROOF)];
}

async function killedWhileLoading(from: Loading): Promise<number> {
  const { association, bruno, whole, shown, keys, toMember } = from;
  const { server } = association;
  const [logged, kept] = [server.kinds(), new Set<number>()];
  const moments = await killedAtEachMoment(
    async () => {
      server.fault = () => null;
      const tablet = await bruno.clone();
      return { tablet, life: await Life.begin(tablet) };
    },
    async (tablet) => {
      await tablet.call('vault.unlock', { pin: PIN });
      await tablet.sync();
    },
    async (killed, _, moment) => {
      const tablet = await reopened(killed);
      const had = (await keysIn()).length;
      const stands = had < toMember ? { state: 'joining', step: 'loading' } : { state: 'open' };
      expect(await tablet.state(), `${moment}`).toMatchObject(stands);
      const since = server.asked.length;
      await broughtUpToDate(tablet);
      expect(pagesAsked(server, since), `${moment}`).toEqual(whole.slice(had));
      expect(await keysIn(), `${moment}`).toEqual(keys);
      expect(await tablet.call('view.people', { query: '' })).toMatchObject({ total: 3 });
      if (!kept.has(had)) expect(await shownOn(tablet), `${moment}`).toEqual(shown);
      kept.add(had);
    },
  );
  expect(server.kinds()).toEqual(logged);
  expect(kept.size, 'a kill after each page').toBe(whole.length + 1);
  return moments;
}

test.each(FROM)(
  'killed at any moment of its first load from the %s, a device asks for no page twice and ends as one that was not',
  async (from) => {
    expect(await killedWhileLoading(await loading(from))).toBeGreaterThanOrEqual(80);
  },
);

test.each(FROM)(
  'over a line that drops at each page of a first load from the %s, before it or after, each is asked for until it comes',
  async (from) => {
    const { association, bruno, whole, shown, keys } = await loading(from);
    const { server } = association;
    const faults: Fault[] = [];
    server.fault = (asked) => {
      if (!isPage(asked)) return null;
      if (faults.length === 0) faults.push('down', 'lost', null);
      return faults.shift() ?? null;
    };
    const [tablet, since] = [await bruno.clone(), server.asked.length];
    await tablet.call('vault.unlock', { pin: PIN });
    while ((await tablet.sync()).lastReached === null);
    expect(pagesAsked(server, since)).toEqual(whole.flatMap((page) => [page, page, page]));
    expect(await shownOn(tablet)).toEqual(shown);
    expect(await keysIn()).toEqual(keys);
  },
);

/** Lets the browser lose everything of the first load that is saved. */
function keepNothing(): void {
  const saveAll = Reflect.get(Store.prototype, 'saveAll');
  vi.spyOn(Store.prototype, 'saveAll').mockImplementation(function (this: Store, saves) {
    const spoilt = saves.map(([shelf, { sealed, ...save }]) => {
      const records = Object.entries(sealed ?? {}).filter(([name]) => name !== PROOF);
      return [shelf, { ...save, sealed: Object.fromEntries(records), pages: [] }] as const;
    });
    return saveAll.call(this, spoilt);
  });
}

/** Lets an opened tablet not look at the pages that it has kept, as long as they are not proved. */
function forgetPages(): void {
  const pages = Reflect.get(Store.prototype, 'pages');
  vi.spyOn(Store.prototype, 'pages').mockImplementation(async function (this: Store, shelf) {
    return (await this.read(shelf, PROOF)) === null ? [] : pages.call(this, shelf);
  });
}

test.each([
  ['of which nothing is kept', keepNothing],
  ['whose pages are not taken up again', forgetPages],
])('of a first load %s, the same kills tell', async (_, spoil) => {
  const from = await loading('checkpoint');
  spoil();
  await expect(killedWhileLoading(from)).rejects.toThrow(/expected|found/);
});

/** What a person does with a tablet that was killed: gives their code, or opens the link again, or asks for another. */
async function goesOn(
  tablet: Tablet,
  association: Association,
  link: string,
): Promise<'code' | 'link' | 'other link'> {
  const { state } = await tablet.state();
  if (state === 'locked') {
    await tablet.call('vault.unlock', { pin: PIN });
    return 'code';
  }
  expect(state).toBe('unjoined');
  const [mailbox] = [...association.server.mailboxes.values()].slice(-1);
  const isUsed = mailbox?.code1 != null;
  if (isUsed) expect(await tablet.refused('join.begin', { link })).toBe('link_used');
  const next = isUsed ? association.link() : link;
  await joins(tablet, next, () => association.answer('Bruno'));
  return isUsed ? 'other link' : 'link';
}

test('killed at any moment of joining, a device goes on by its code or by the link, or says that the link was used', async () => {
  const association = await Association.found();
  const { server } = association;
  const ways = new Set<string>();
  let link = '';
  // Whoever administers does not end with the tab.
  let answering: Promise<unknown> = Promise.resolve();
  const moments = await killedAtEachMoment(
    async () => {
      server.fault = (asked) => (isPage(asked) ? 'down' : null);
      link = association.link();
      const tablet = await Tablet.new(server);
      return { tablet, life: await Life.begin(tablet) };
    },
    (tablet) =>
      joins(tablet, link, () => {
        answering = association.answer('Bruno');
        return answering;
      }),
    async (tablet, _, moment) => {
      await answering;
      server.fault = () => null;
      await tablet.restart();
      ways.add(await goesOn(tablet, association, link));
      await broughtUpToDate(tablet);
      const stands = { state: 'open', me: { name: 'Bruno' } };
      expect(await tablet.state(), `${moment}`).toMatchObject(stands);
    },
  );
  expect(moments).toBeGreaterThanOrEqual(40);
  expect([...ways].sort()).toEqual(['code', 'link', 'other link']);
});
