/** Care whose contact has another name since, or is not here: it is shown all the same, and by whom it can be taken over. */
import { expect, test } from 'vitest';
import type { TimelineItem } from '../../src/worker/protocol.ts';
import type { Tablet } from './kit.ts';
import { problem } from './server.ts';
import { care, deviceOf, notesOn, Ward } from './ward.ts';

const MINUTE_MS = 60_000;

/** Momo is known; two tablets of nurses read the health file, and nobody reaches the server. */
async function offline() {
  const ward = await Ward.found();
  const { association, house, odile, ines } = ward;
  const other = await association.tablet('Ines');
  await odile.sync();
  await odile.call('health.open', null);
  for (const tablet of [odile, ines, other]) await tablet.sync();
  const { id } = await ines.call('person.create', { alias: 'Momo' });
  for (const tablet of [ines, odile, other]) await tablet.sync();
  house.fault = () => 'down';
  return { association, house, odile, ines, other, id };
}

type Offline = Awaited<ReturnType<typeof offline>>;

/** A nurse meets Momo, and notes the care ten minutes later. */
async function careLater(tablet: Tablet, id: string): Promise<{ readonly row: string }> {
  const met = await care(tablet, {}, [{ id }]);
  tablet.now_ms += 10 * MINUTE_MS;
  const [contact] = (await tablet.person('Momo')).timeline;
  const row = contact?.type === 'contact' ? contact.row : '';
  await tablet.call('health.add', { person: id, contact: row, values: { note: 'Toux' } });
  return met;
}

/** A tablet is retired before it could send anything; returns the file that it hands out. */
async function retired({ house, odile, ines }: Offline, tablet: Tablet) {
  // What was under way is over, and nothing of it got through.
  await tablet.sync();
  const device = await deviceOf(tablet);
  house.fault = () => null;
  await odile.call('device.revoke', { device });
  for (const one of [odile, ines]) await one.sync();
  house.fault = ({ path }) => (path.includes('/auth/') ? null : problem(403, 'device_revoked'));
  await tablet.sync();
  house.fault = () => null;
  return tablet.call('salvage.copy', null);
}

async function takeOver(tablet: Tablet, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await tablet.call('salvage.open', bytes);
  await tablet.call('salvage.write', null);
  await tablet.sync();
}

/** Returns the care that stands by itself on Momo's timeline. */
async function alone(tablet: Tablet): Promise<TimelineItem[]> {
  return (await tablet.person('Momo')).timeline.filter(({ type }) => type === 'care');
}

test('care noted later is under the encounter that was taken over, whose name is another one', async () => {
  const team = await offline();
  const { odile, ines, other, id } = team;
  await careLater(other, id);
  const { bytes } = await retired(team, other);
  await takeOver(odile, bytes);
  await takeOver(ines, bytes);
  await ines.reopen();
  expect(await notesOn(ines)).toEqual(['Toux']);
  expect(await alone(ines)).toEqual([]);
});

test('care whose encounter nobody has taken over yet stands by itself, and under it afterwards', async () => {
  const team = await offline();
  const { odile, ines, other, id } = team;
  await careLater(other, id);
  const { bytes } = await retired(team, other);
  await takeOver(ines, bytes);
  expect(await notesOn(ines)).toEqual([]);
  const said = { author: 'Ines', fields: { note: { value: 'Toux' } }, mark: 'server' };
  const at = other.now_ms;
  expect(await alone(ines)).toMatchObject([{ type: 'care', at, care: said }]);
  await takeOver(odile, bytes);
  await ines.sync();
  expect(await notesOn(ines)).toEqual(['Toux']);
  expect(await alone(ines)).toEqual([]);
});

test('an encounter that was taken over is taken back with the care noted of it later', async () => {
  const team = await offline();
  const { odile, ines, other, id } = team;
  await careLater(other, id);
  const { bytes } = await retired(team, other);
  await takeOver(odile, bytes);
  await takeOver(ines, bytes);
  const [item] = (await ines.person('Momo')).timeline;
  const row = item?.type === 'contact' ? (item.encounter?.row ?? '') : '';
  await ines.call('encounter.void', { row, reason: '' });
  expect(await notesOn(ines)).toEqual([]);
  expect(await alone(ines)).toEqual([]);
});

test('each is told that the file holds a part which another takes over', async () => {
  const team = await offline();
  const { odile, ines, other, id } = team;
  await careLater(other, id);
  const { bytes, records } = await retired(team, other);
  const hers = await odile.call('salvage.open', bytes);
  const care = await ines.call('salvage.open', bytes);
  expect(hers).toMatchObject({ closed: 0, elsewhere: true });
  expect(care).toMatchObject({ closed: 0, elsewhere: true });
  expect(hers.records + care.records).toBe(records);
  await takeOver(odile, bytes);
  await ines.sync();
  expect(await ines.call('salvage.open', bytes)).toMatchObject({ elsewhere: false });
});

test('a health worker learns of a file without care that an administrator takes it over', async () => {
  const team = await offline();
  const { odile, ines, other, id } = team;
  await care(other, {}, [{ id }]);
  const { bytes, records } = await retired(team, other);
  const none = { records: 0, closed: 0, elsewhere: true };
  expect(await ines.call('salvage.open', bytes)).toMatchObject(none);
  expect(await ines.call('salvage.write', null)).toEqual({ written: 0 });
  expect(await odile.call('salvage.open', bytes)).toMatchObject({ records, elsewhere: false });
});
