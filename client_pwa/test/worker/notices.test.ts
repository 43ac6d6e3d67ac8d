/** What every team must know: shown to each worker until they have read it, and lifted for everybody. */
import { beforeEach, describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/engine/logview.ts';
import type { NewNotice, NoticeLine } from '../../src/worker/protocol.ts';
import { type Tablet, WORKERS, ZONE } from './kit.ts';
import { later, meet, pair, type Pair } from './pair.ts';

const BAD_BATCH: NewNotice = {
  type: 'bad_batch',
  zone: null,
  until: null,
  text: 'Crack coupé, trois malaises à Stalingrad depuis hier.',
};

let all: Pair;
let awa: Tablet;
let ines: Tablet;
let bruno: Tablet;
let today: number;

beforeEach(async () => {
  all = await pair();
  ({ awa, ines } = all);
  bruno = await online(() => all.association.tablet('Bruno'));
  await meet(all, awa, ines, bruno);
  today = Math.floor(bruno.now_ms / DAY_MS);
});

async function warn(more: Partial<NewNotice> = {}, tablet = bruno): Promise<string> {
  return (await tablet.call('notice.write', { ...BAD_BATCH, ...more })).id;
}

function noticesOn(tablet: Tablet): Promise<readonly NoticeLine[]> {
  return tablet.call('view.notices', null);
}

/** What a tablet shows at the top: what holds, and its worker has not read. */
async function waitingOn(tablet: Tablet): Promise<string[]> {
  const lines = await noticesOn(tablet);
  return lines.filter(({ over, read }) => !over && !read).map(({ id }) => id);
}

async function readersOn(tablet: Tablet): Promise<string[]> {
  const [line] = await noticesOn(tablet);
  return line?.readers.map(({ name }) => name) ?? [];
}

const unsentOn = async (tablet: Tablet): Promise<string[]> =>
  (await tablet.call('view.unsent', null)).map(({ kind }) => kind);

test('a notice says what, where, since when, until when, who wrote it and when, on every tablet and after a restart', async () => {
  const at = bruno.now_ms;
  const id = await warn({ zone: ZONE, until: today + 3, text: ` ${BAD_BATCH.text}\n` });
  const said = {
    id,
    type: 'bad_batch',
    zone: { id: ZONE },
    day: today,
    until: today + 3,
    text: BAD_BATCH.text,
    author: 'Bruno',
    at,
    over: false,
    readers: [{ worker: WORKERS.Bruno.id, name: 'Bruno', at }],
  };
  expect(await noticesOn(bruno)).toMatchObject([{ ...said, mark: 'tablet', read: true }]);
  await meet(all, bruno, awa);
  await awa.reopen();
  expect(await noticesOn(awa)).toMatchObject([{ ...said, mark: 'server', read: false }]);
});

test('it waits for each worker until that one has read it, and for a third one still', async () => {
  const id = await warn();
  await meet(all, bruno, awa, ines);
  expect([await waitingOn(bruno), await waitingOn(awa), await waitingOn(ines)]).toEqual([
    [],
    [id],
    [id],
  ]);
  later(awa, ines, bruno);
  await awa.call('notice.read', { id });
  expect(await waitingOn(awa)).toEqual([]);
  await meet(all, awa, ines, bruno);
  expect(await waitingOn(ines)).toEqual([id]);
  for (const tablet of [awa, ines, bruno])
    expect(await readersOn(tablet)).toEqual(['Bruno', 'Awa']);
  expect((await noticesOn(awa))[0]).toMatchObject({ over: false, read: true });
});

test('who has read it says so once, and who has not heard of their other device says it twice and counts once', async () => {
  const other = await online(() => all.association.tablet('Awa'));
  const id = await warn();
  await meet(all, bruno, awa, other);
  later(awa, other);
  for (const tablet of [awa, awa, other]) await tablet.call('notice.read', { id });
  expect([await unsentOn(awa), await unsentOn(other)]).toEqual([['notice_seen'], ['notice_seen']]);
  await meet(all, awa, other, bruno);
  for (const tablet of [awa, other, bruno]) {
    expect(await readersOn(tablet)).toEqual(['Bruno', 'Awa']);
  }
  await awa.call('notice.read', { id });
  expect(await unsentOn(awa)).toEqual([]);
});

test('two who read it without a network are both told to have, the one who read it first before the other', async () => {
  const id = await warn();
  await meet(all, bruno, awa, ines);
  later(awa, ines);
  await ines.call('notice.read', { id });
  later(awa);
  await awa.call('notice.read', { id });
  expect([await readersOn(awa), await readersOn(ines)]).toEqual([
    ['Bruno', 'Awa'],
    ['Bruno', 'Ines'],
  ]);
  await meet(all, awa, ines, bruno);
  for (const tablet of [awa, ines, bruno]) {
    expect(await readersOn(tablet)).toEqual(['Bruno', 'Ines', 'Awa']);
    expect(await waitingOn(tablet)).toEqual([]);
  }
});

test('once lifted it waits for nobody and is still listed, after those that hold; another one goes on waiting', async () => {
  const [lifted, holds] = [await warn(), await warn({ type: 'cold' })];
  await meet(all, bruno, awa);
  expect((await waitingOn(awa)).sort()).toEqual([lifted, holds].sort());
  later(bruno, awa);
  const evacuated = await warn({ type: 'evacuation' });
  await bruno.call('notice.lift', { id: evacuated });
  await bruno.call('notice.lift', { id: lifted });
  await bruno.call('notice.lift', { id: lifted });
  expect((await unsentOn(bruno)).filter((kind) => kind === 'notice')).toHaveLength(3);
  await meet(all, bruno, awa);
  expect(await waitingOn(awa)).toEqual([holds]);
  const lines = await noticesOn(awa);
  expect(lines.map(({ id, over }) => [id, over])).toEqual([
    [holds, false],
    [evacuated, true],
    [lifted, true],
  ]);
});

test('it holds on its last day and not on the next; one until it is lifted goes on', async () => {
  const [last, holds] = [await warn({ until: today }), await warn()];
  await meet(all, bruno, awa);
  awa.now_ms = (today + 1) * DAY_MS - 1;
  expect((await waitingOn(awa)).sort()).toEqual([last, holds].sort());
  awa.now_ms = (today + 1) * DAY_MS;
  expect(await waitingOn(awa)).toEqual([holds]);
});

describe('what is not allowed changes nothing:', () => {
  test('only coordinators and administrators write and lift them', async () => {
    const odile = await online(() => all.association.administrator());
    for (const tablet of [awa, ines]) {
      expect(await tablet.refused('notice.write', BAD_BATCH)).toBe('refused');
    }
    const ids = [await warn(), await warn({}, odile)];
    await meet(all, bruno, odile, awa);
    for (const id of ids) expect(await awa.refused('notice.lift', { id })).toBe('refused');
    expect(await unsentOn(awa)).toEqual([]);
    expect((await waitingOn(awa)).sort()).toEqual(ids.sort());
    await odile.call('notice.lift', { id: ids[0] ?? '' });
  });

  test('one without a text, or over before it begins, is no notice', async () => {
    expect(await bruno.refused('notice.write', { ...BAD_BATCH, text: ' \n' })).toBe('refused');
    expect(await bruno.refused('notice.write', { ...BAD_BATCH, until: today - 1 })).toBe('refused');
    expect(await unsentOn(bruno)).toEqual([]);
    await warn({ until: today });
  });

  test('its text is kept whole to the last of two thousand characters, and with one more it is not saved', async () => {
    const text = '🔥'.repeat(2_000);
    expect(await bruno.refused('notice.write', { ...BAD_BATCH, text: `${text}!` })).toBe(
      'too_long',
    );
    expect(await unsentOn(bruno)).toEqual([]);
    await warn({ text });
    await meet(all, bruno, awa);
    expect((await noticesOn(awa))[0]?.text).toBe(text);
  });

  test('nobody reads or lifts what is no notice', async () => {
    const { id } = await awa.call('person.create', { alias: 'Momo' });
    for (const none of [id, '0f'.repeat(16)]) {
      expect(await awa.refused('notice.read', { id: none })).toBe('not_found');
      expect(await bruno.refused('notice.lift', { id: none })).toBe('not_found');
    }
  });
});

test('of a notice that is not begun here nothing is shown, whatever is said of it; then it is', async () => {
  const { server } = all.association;
  const odile = await online(() => all.association.administrator());
  const putBack = server.backup();
  const id = await warn();
  await meet(all, bruno, odile);
  await odile.call('notice.read', { id });
  await odile.call('notice.lift', { id });
  putBack();
  await meet(all, odile, ines);
  expect(
    server
      .kinds()
      .filter((kind) => kind.startsWith('notice'))
      .sort(),
  ).toEqual(['notice', 'notice_seen']);
  expect(await noticesOn(ines)).toEqual([]);
  expect(await ines.refused('notice.read', { id })).toBe('not_found');
  await meet(all, bruno, odile, ines);
  expect(await noticesOn(ines)).toMatchObject([{ id, over: true }]);
});

test('two texts written at once are a conflict that names the notice, and a person settles it', async () => {
  const id = await warn();
  const odile = await online(() => all.association.administrator());
  await meet(all, bruno, odile);
  const edit = { entity: id, kind: 'notice', facts: {} };
  await bruno.call('entity.edit', { ...edit, fields: { text: 'Coupé au fentanyl' } });
  await odile.call('entity.edit', { ...edit, fields: { text: 'Coupé au lévamisole' } });
  await meet(all, bruno, odile);
  const [card, ...others] = await odile.call('view.conflicts', null);
  expect([card?.kind, card?.name, others]).toEqual(['notice', 'text', []]);
  expect(card?.title).toMatch(/^Coupé au/);
  expect(card?.candidates.map(({ value }) => value).sort()).toEqual([
    'Coupé au fentanyl',
    'Coupé au lévamisole',
  ]);
  if (card) await odile.call('conflict.resolve', { card, value: 'Coupé au fentanyl' });
  await meet(all, odile, bruno);
  expect(await bruno.call('view.conflicts', null)).toEqual([]);
  expect((await noticesOn(bruno))[0]?.text).toBe('Coupé au fentanyl');
});

/** What is done while there is a network. */
async function online<Done>(act: () => Promise<Done>): Promise<Done> {
  all.association.server.fault = () => null;
  const done = await act();
  all.association.server.fault = () => 'down';
  return done;
}
