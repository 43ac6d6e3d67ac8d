/** What a retired tablet could not send: it hands out a file, and an administrator's device takes it over, once. */
import { beforeEach, expect, test } from 'vitest';
import { toHex } from '../../src/engine/bytes.ts';
import type { SalvageFile } from '../../src/worker/protocol.ts';
import { Association, NOBODY, type Tablet, WORKERS } from './kit.ts';
import { fillDisk } from '../full-disk.ts';
import { problem } from './server.ts';

let association: Association;
let odile: Tablet;
let awa: Tablet;

/** From here on nobody reaches the server, or all do again. */
function line(isUp: boolean): void {
  association.server.fault = () => (isUp ? null : 'down');
}

async function meet(tablet: Tablet, alias: string): Promise<void> {
  const patrol = await tablet.openRound();
  await tablet.call('encounter.save', {
    ...NOBODY,
    patrol,
    people: [{ alias }],
    note: `Vu ${alias}`,
  });
}

/** Odile retires Awa's device, and the log says so. */
async function retire(): Promise<void> {
  const lines = await odile.call('view.team', null);
  const [device] = lines.find(({ worker }) => worker.name === 'Awa')?.devices ?? [];
  await odile.call('device.revoke', { device: device?.id ?? '' });
  await odile.sync();
}

/** Awa's tablet learns that it is out; the real server then cuts it off. */
async function cutOff(): Promise<void> {
  association.server.fault = ({ path }) =>
    path.includes('/auth/') ? null : problem(403, 'device_revoked');
  await awa.sync();
  line(true);
}

/** Awa's tablet was retired with somebody on it whom nobody else knows; returns its file. */
async function lost(): Promise<SalvageFile> {
  line(false);
  await meet(awa, 'Fatou');
  await awa.sync();
  line(true);
  await retire();
  await cutOff();
  return awa.call('salvage.copy', null);
}

const names = async (tablet: Tablet, query: string): Promise<string[]> =>
  (await tablet.call('view.people', { query })).people.map(({ name }) => name);

beforeEach(async () => {
  association = await Association.found();
  odile = await association.administrator();
  awa = await association.tablet('Awa');
  await odile.sync();
});

test('what it could not send is in the app of everybody, once, in the name of its worker', async () => {
  const bruno = await association.tablet('Bruno');
  const file = await lost();
  expect(file.records).toBe((await awa.call('sync.state', null)).unsent);
  const found = await odile.call('salvage.open', file.bytes);
  expect(found).toMatchObject({ worker: { name: 'Awa' }, records: file.records, known: 0 });
  expect(found.closed).toBe(0);
  expect(await names(odile, 'Fatou')).toEqual([]);
  expect(await odile.call('salvage.write', null)).toEqual({ written: file.records });
  expect((await odile.call('sync.state', null)).unsent).toBe(file.records);
  await odile.reopen();
  await bruno.sync();
  for (const tablet of [odile, bruno]) {
    expect(await names(tablet, 'Fatou')).toEqual(['Fatou']);
    const { timeline } = await tablet.person('Fatou');
    const [contact, ...others] = timeline.filter(({ type }) => type === 'contact');
    expect(others).toEqual([]);
    expect(contact).toMatchObject({ author: 'Awa (via Odile)', note: 'Vu Fatou', void: false });
    expect(contact).toMatchObject({ encounter: { author: 'Awa (via Odile)', void: false } });
  }
  expect((await awa.call('sync.state', null)).unsent).toBe(file.records);
});

test('the same file again brings nothing, on this device or another administrator’s', async () => {
  const other = await association.tablet('Odile', 7);
  await odile.sync();
  const { bytes } = await lost();
  await odile.call('salvage.open', bytes);
  await odile.call('salvage.write', null);
  expect(await odile.refused('salvage.open', bytes)).toBe('copy_nothing_new');
  expect(await odile.refused('salvage.write', null)).toBe('not_found');
  await odile.sync();
  await other.sync();
  expect(await other.refused('salvage.open', bytes)).toBe('copy_nothing_new');
  expect(await names(other, 'Fatou')).toEqual(['Fatou']);
  const { timeline } = await other.person('Fatou');
  expect(timeline.filter(({ type }) => type === 'contact')).toHaveLength(1);
});

test('what is no copy, of another association or of a member, is refused, and nothing is remembered', async () => {
  const text = new TextEncoder().encode('Une note quelconque');
  expect(await odile.refused('salvage.open', text)).toBe('copy_unreadable');
  line(false);
  await meet(awa, 'Fatou');
  await awa.sync();
  line(true);
  association.server.fault = () => problem(403, 'not_member');
  await awa.sync();
  line(true);
  const { bytes } = await awa.call('salvage.copy', null);
  expect(await odile.refused('salvage.open', bytes)).toBe('copy_of_member');
  const other = bytes.slice();
  other[4] = (other[4] ?? 0) ^ 1;
  expect(await odile.refused('salvage.open', other)).toBe('copy_foreign');
  expect(await odile.refused('salvage.write', null)).toBe('not_found');
  expect(await odile.call('view.unsent', null)).toEqual([]);
});

test('only a retired device hands it out, and only an administrator takes it', async () => {
  await meet(awa, 'Momo');
  expect(await awa.refused('salvage.copy', null)).toBe('refused');
  await awa.sync();
  const { bytes } = await lost();
  const bruno = await association.tablet('Bruno');
  expect(await bruno.refused('salvage.open', bytes)).toBe('refused');
  expect((await odile.call('salvage.open', bytes)).worker.id).toBe(WORKERS.Awa.id);
});

test('nothing that was written can be read in the file', async () => {
  const { bytes } = await lost();
  const hex = (words: string): string => toHex(new TextEncoder().encode(words));
  expect(toHex(bytes)).toContain(hex('encounter'));
  expect(toHex(bytes)).not.toContain(hex('Fatou'));
});

test('a full disk leaves nothing of it, and the file can be saved again', async () => {
  const { bytes, records } = await lost();
  await odile.call('salvage.open', bytes);
  fillDisk();
  expect(await odile.refused('salvage.write', null)).toBe('storage_full');
  expect(await odile.call('view.unsent', null)).toEqual([]);
  expect(await odile.call('salvage.write', null)).toEqual({ written: records });
});
