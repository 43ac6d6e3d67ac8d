/** What is written of a person by itself: added, amended, closed, done and taken back, and always its author's. */
import { beforeEach, describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/engine/logview.ts';
import type { NewRow, Values, WrittenKind } from '../../src/worker/protocol.ts';
import { NOBODY, type Tablet, WORKERS } from './kit.ts';
import { create, later, meet, pair, type Pair, record } from './pair.ts';

const CONTENT: Readonly<Record<WrittenKind, Values>> = {
  request: { need: 'shelter' },
  procedure: { type: 'address' },
  task: { text: 'Rappeler le 115' },
  note: { text: 'A appelé, va mieux.' },
};
const KINDS = Object.keys(CONTENT) as WrittenKind[];
const PURSUED = ['request', 'procedure'] as const;

let all: Pair;
let awa: Tablet;
let ines: Tablet;
let momo: string;
let today: number;

beforeEach(async () => {
  all = await pair();
  ({ awa, ines } = all);
  momo = await create(awa, 'Momo');
  await meet(all, awa, ines);
  today = Math.floor(awa.now_ms / DAY_MS);
});

async function add(kind: WrittenKind, more: Values = {}, tablet = awa): Promise<string> {
  const values = { ...CONTENT[kind], ...more };
  return (await tablet.call('row.add', { person: momo, kind, values })).row;
}

async function amend(row: string, values: Values, tablet = awa): Promise<void> {
  await tablet.call('row.amend', { row, values });
}

/** The lines of a kind on the page of a person. */
async function linesOf(kind: WrittenKind, tablet = awa, id = momo) {
  const { requests, procedures, tasks, timeline } = await record(tablet, id);
  const notes = timeline.flatMap((item) => (item.type === 'note' ? [item.note] : []));
  return { request: requests, procedure: procedures, task: tasks, note: notes }[kind];
}

const waiting = async (tablet = awa): Promise<string[]> =>
  (await tablet.call('view.unsent', null)).map(({ kind }) => kind);

describe.each(KINDS)('a %s', (kind) => {
  test('is on the page with its author and its time, on both tablets and after a restart', async () => {
    const row = await add(kind);
    const at = awa.now_ms;
    expect(await linesOf(kind)).toMatchObject([{ row, at, author: 'Awa', mark: 'tablet' }]);
    await meet(all, awa, ines);
    await awa.reopen();
    for (const tablet of [awa, ines]) {
      expect(await linesOf(kind, tablet)).toMatchObject([
        { row, at, author: 'Awa', mark: 'server' },
      ]);
      const { timeline } = await record(tablet, momo);
      expect(timeline).toMatchObject([{ type: kind, at }]);
    }
  });

  test('keeps its author and its time when somebody else amends it, and shows that this waits', async () => {
    const row = await add(kind);
    const at = awa.now_ms;
    await meet(all, awa, ines);
    later(awa, ines);
    const [name = ''] = Object.keys(CONTENT[kind]);
    const other = { need: 'care', type: 'justice', text: 'Autre chose' }[name] ?? '';
    await amend(row, { [name]: other }, ines);
    const amended = {
      row,
      at,
      author: 'Awa',
      [kind === 'task' || kind === 'note' ? 'text' : 'what']: other,
    };
    expect(await linesOf(kind, ines)).toMatchObject([{ ...amended, mark: 'tablet' }]);
    await meet(all, ines, awa);
    expect(await linesOf(kind)).toMatchObject([{ ...amended, mark: 'server' }]);
  });

  test('that says nothing is refused, new or amended, and nothing is saved', async () => {
    const [name = ''] = Object.keys(CONTENT[kind]);
    const empty = { person: momo, kind };
    for (const values of [{}, { [name]: null }, { [name]: ' ' }, { [name]: true }]) {
      expect(await awa.refused('row.add', { ...empty, values })).toBe('refused');
    }
    expect(await waiting()).toEqual([]);
    const row = await add(kind);
    for (const value of [null, '', ' ']) {
      expect(await awa.refused('row.amend', { row, values: { [name]: value } })).toBe('refused');
    }
    expect(await waiting()).toEqual([kind]);
  });

  test('that is taken back shows no more, and cannot be amended; another one stays', async () => {
    const [row, other] = [await add(kind), await add(kind)];
    await meet(all, awa, ines);
    expect(await ines.refused('row.void', { row, reason: ' ' })).toBe('refused');
    await ines.call('row.void', { row, reason: 'Écrit deux fois.' });
    await amend(row, CONTENT[kind]);
    await meet(all, awa, ines);
    for (const tablet of [awa, ines]) {
      expect(await linesOf(kind, tablet)).toMatchObject([{ row: other }]);
      const { timeline, line } = await record(tablet, momo);
      expect(timeline).toHaveLength(1);
      expect(line.openRequests).toBe(kind === 'request' ? 1 : 0);
    }
    expect(await awa.refused('row.amend', { row, values: CONTENT[kind] })).toBe('refused');
    await amend(other, CONTENT[kind]);
  });

  test('is written under the first record of a person, and stands with both', async () => {
    const maurice = await create(awa, 'Maurice');
    await awa.call('person.merge', { ids: [momo, maurice] });
    const row = await add(kind);
    for (const id of [momo, maurice]) expect(await linesOf(kind, awa, id)).toMatchObject([{ row }]);
    await awa.call('person.unmerge', { id: maurice });
    const [first = '', second = ''] = [momo, maurice].sort();
    expect(await linesOf(kind, awa, first)).toMatchObject([{ row }]);
    expect(await linesOf(kind, awa, second)).toEqual([]);
  });

  test('that is amended to what it says already is not written again', async () => {
    const row = await add(kind);
    await amend(row, CONTENT[kind]);
    expect(await waiting()).toEqual([kind]);
  });
});

describe.each(PURSUED)('a %s', (kind) => {
  test('is opened today, closed on the day it is closed, and goes on when it is opened again', async () => {
    const row = await add(kind, { note: 'Dossier déposé' });
    const opened = { row, status: 'open', opened: today, closed: null, note: 'Dossier déposé' };
    expect(await linesOf(kind)).toMatchObject([opened]);
    awa.now_ms += 3 * DAY_MS;
    await amend(row, { status: 'obtained' });
    const closed = { ...opened, status: 'obtained', closed: today + 3, author: 'Awa' };
    expect(await linesOf(kind)).toMatchObject([closed]);
    awa.now_ms += DAY_MS;
    await amend(row, { status: 'obtained', note: 'Reçue' });
    expect(await linesOf(kind)).toMatchObject([{ ...closed, note: 'Reçue' }]);
    await amend(row, { status: 'open' });
    expect(await linesOf(kind)).toMatchObject([{ ...opened, note: 'Reçue' }]);
    await amend(row, { status: 'given_up', closed: today + 1 });
    expect(await linesOf(kind)).toMatchObject([{ status: 'given_up', closed: today + 1 }]);
  });

  test('that is over already when it is written is closed today, or when it is said to have been', async () => {
    await add(kind, { status: 'refused' });
    expect(await linesOf(kind)).toMatchObject([
      { status: 'refused', opened: today, closed: today },
    ]);
    awa.now_ms += 1;
    await add(kind, { status: 'obtained', opened: today - 9, closed: today - 2 });
    expect((await linesOf(kind))[0]).toMatchObject({ opened: today - 9, closed: today - 2 });
  });

  test('that is open stands above those that are closed, the last written first', async () => {
    const rows: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      later(awa);
      rows.push(await add(kind));
    }
    await amend(rows[3] ?? '', { status: 'obtained' });
    await amend(rows[1] ?? '', { status: 'no_place' });
    const shown = (await linesOf(kind)).map(({ row }) => row);
    expect(shown).toEqual([rows[2], rows[0], rows[3], rows[1]]);
  });

  test('closed otherwise on two tablets is a conflict, until somebody settles it', async () => {
    const row = await add(kind);
    await meet(all, awa, ines);
    await amend(row, { status: 'obtained' });
    await amend(row, { status: 'refused' }, ines);
    await meet(all, awa, ines);
    const [card, ...others] = await awa.call('view.conflicts', null);
    if (!card) throw new Error('There is a conflict.');
    expect([others, card]).toMatchObject([[], { kind, row, name: 'status', title: 'Momo' }]);
    expect(card.candidates.map(({ value, author }) => [value, author]).sort()).toEqual([
      ['obtained', 'Awa'],
      ['refused', 'Ines'],
    ]);
    expect((await record(awa, momo)).line.conflict).toBe(true);
    await ines.call('row.amend', { row, values: { status: 'obtained' } });
    await meet(all, ines, awa);
    expect(await awa.call('view.conflicts', null)).toEqual([]);
    expect(await linesOf(kind)).toMatchObject([{ status: 'obtained', closed: today }]);
  });

  test('opened again on one tablet is open, whatever day another had closed it on', async () => {
    const row = await add(kind);
    await amend(row, { status: 'obtained' });
    await meet(all, awa, ines);
    later(awa, ines);
    await amend(row, { status: 'open' });
    await amend(row, { closed: today - 1 }, ines);
    await meet(all, awa, ines);
    for (const tablet of [awa, ines]) {
      expect(await linesOf(kind, tablet)).toMatchObject([{ status: 'open', closed: null }]);
    }
  });

  test('closed on one tablet and noted upon on another is both', async () => {
    const row = await add(kind);
    await meet(all, awa, ines);
    await amend(row, { status: 'obtained' });
    await amend(row, { note: 'Reçue' }, ines);
    await meet(all, awa, ines);
    expect(await linesOf(kind)).toMatchObject([{ status: 'obtained', note: 'Reçue' }]);
    expect(await awa.call('view.conflicts', null)).toEqual([]);
  });
});

test('what is asked for in an encounter is a request like any other, and is counted while it is open', async () => {
  const patrol = await awa.openRound();
  const draft = { ...NOBODY, patrol, people: [{ id: momo }], needs: ['shelter' as const] };
  await awa.call('encounter.save', draft);
  const [line] = await linesOf('request');
  expect(line).toMatchObject({ what: 'shelter', status: 'open', opened: today });
  await add('procedure');
  expect((await record(awa, momo)).line.openRequests).toBe(1);
  await amend(line?.row ?? '', { status: 'obtained' });
  expect((await record(awa, momo)).line.openRequests).toBe(0);
});

describe('a task', () => {
  test('is done on a day and can be undone, and keeps whom it is for', async () => {
    const { Awa, Ines } = WORKERS;
    const row = await add('task', { due: today + 1, [`whom/${Awa.id}`]: true, urgent: true });
    const open = { row, due: today + 1, urgent: true, done: null, whom: [{ name: 'Awa' }] };
    expect(await linesOf('task')).toMatchObject([open]);
    await amend(row, { done: today, [`whom/${Ines.id}`]: true, [`whom/${Awa.id}`]: null });
    const [line] = await linesOf('task');
    expect(line).toMatchObject({ ...open, done: today, whom: [{ name: 'Ines' }], author: 'Awa' });
    await amend(row, { done: null });
    expect(await linesOf('task')).toMatchObject([{ row, done: null, whom: [{ name: 'Ines' }] }]);
  });

  test('that is urgent is first, then the one due first; what is done is last', async () => {
    const said: readonly Values[] = [
      { text: 'done', urgent: true, done: today - 1 },
      { text: 'some day' },
      { text: 'soon', due: today + 1 },
      { text: 'later', due: today + 9 },
      { text: 'urgent', urgent: true },
      { text: 'urgent today', urgent: true, due: today },
      { text: 'done today', done: today },
    ];
    for (const values of said) await add('task', values);
    const tasks = await linesOf('task');
    expect(tasks.map((one) => 'text' in one && one.text)).toEqual([
      'urgent today',
      'urgent',
      'soon',
      'later',
      'some day',
      'done today',
      'done',
    ]);
  });

  test('done on both tablets is done, and nobody is asked which', async () => {
    const row = await add('task');
    await meet(all, awa, ines);
    for (const tablet of [awa, ines]) await amend(row, { done: today }, tablet);
    await meet(all, awa, ines);
    expect(await linesOf('task')).toMatchObject([{ row, done: today }]);
    expect(await awa.call('view.conflicts', null)).toEqual([]);
  });
});

test('no other kind is written, amended or taken back so, nor a name that the catalogue does not know', async () => {
  const patrol = await awa.openRound();
  const draft = { ...NOBODY, patrol, people: [{ id: momo }], anonymous: { man: 1 } };
  const { row: encounter } = await awa.call('encounter.save', draft);
  const [there] = (await awa.call('view.encounter', { row: encounter })).people;
  const contact = there?.contact ?? '';
  const before = await waiting();
  for (const kind of ['contact', 'distribution', 'person', 'toString']) {
    const row = { person: momo, kind, values: { text: 'Note' } } as unknown as NewRow;
    expect(await awa.refused('row.add', row)).toBe('refused');
  }
  for (const row of [encounter, contact]) {
    expect(await awa.refused('row.amend', { row, values: { note: 'Note' } })).toBe('refused');
    expect(await awa.refused('row.void', { row, reason: 'Erreur.' })).toBe('refused');
  }
  const unknown = { person: momo, kind: 'note', values: { text: 'Note', void: true } } as const;
  expect(await awa.refused('row.add', unknown)).toBe('refused');
  expect(await waiting()).toEqual(before);
  await add('note');
  expect(await waiting()).toEqual([...before, 'note']);
});

test('nothing is written of somebody who is not there, and no row that is none is amended', async () => {
  const row = await add('note');
  const [nobody, nothing] = ['0'.repeat(32), '0'.repeat(64)];
  const note = { kind: 'note', values: CONTENT.note } as const;
  expect(await awa.refused('row.add', { ...note, person: nobody })).toBe('not_found');
  expect(await awa.refused('row.amend', { row: nothing, values: {} })).toBe('not_found');
  await amend(row, { text: 'Va mieux.' });
  const amendment = (await awa.call('view.unsent', null)).at(-1)?.op ?? '';
  expect(amendment).not.toBe(row);
  expect(await awa.refused('row.amend', { row: amendment, values: {} })).toBe('not_found');
});
