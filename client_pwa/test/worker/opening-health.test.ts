/** How the health file is opened, given and taken, whatever befalls the line, the disk and the tablets meanwhile. */
import { expect, test } from 'vitest';
import type { EntityId } from '../../src/engine/ids.ts';
import { recoveryIdentity } from '../../src/engine/recovery.ts';
import { newReplica } from '../../src/engine/replica.ts';
import { wrap } from '../../src/engine/keys.ts';
import { epochOf } from '../../src/engine/rotation.ts';
import { write, writeControl } from '../../src/engine/writer.ts';
import { RecoverySeed, SECRET_BYTES } from '../../src/engine/secret.ts';
import { sharesOf } from '../../src/vault/shares.ts';
import { registry } from '../../src/worker/catalogue.ts';
import { randomBytes } from '../../src/worker/server.ts';
import { deliver, EPOCH_KEY, MALLORY, member, moment, pull, SPACE, stream } from '../engine/kit.ts';
import { fillDisk } from '../full-disk.ts';
import { PIN, Tablet, WORKERS } from './kit.ts';
import { type Asked, type Fault, problem } from './server.ts';
import { accessOf, care, deviceOf, notesOn, teamOf, Ward } from './ward.ts';

/** Each kill is followed by an unlocking, which is meant to take its time. */
const KILLS_MS = 60_000;

/** Everything fails on the line from the n-th request on. */
function failsAfter(n: number, fault: Fault): (asked: Asked) => Fault {
  let asked = 0;
  return () => {
    asked += 1;
    return asked > n ? fault : null;
  };
}

async function killed(tablet: Tablet): Promise<void> {
  await tablet.restart();
  await tablet.call('vault.unlock', { pin: PIN });
}

test('a full disk opens nothing, and the next attempt does it', async () => {
  const { house, odile, ines } = await Ward.found();
  for (const record of [1, 2, 3]) {
    fillDisk(record);
    expect(await odile.refused('health.open', null)).toBe('storage_full');
    expect(await teamOf(odile)).toMatchObject({ exists: 'no', mayOpen: true, readers: [] });
    await killed(odile);
    expect(await teamOf(odile)).toMatchObject({ exists: 'no', mayOpen: true, readers: [] });
  }
  house.fault = () => 'down';
  await odile.call('health.open', null);
  await killed(odile);
  expect(await teamOf(odile)).toMatchObject({ exists: 'opening', readers: ['Ines given'] });
  house.fault = () => null;
  await odile.sync();
  await ines.sync();
  expect(await accessOf(ines)).toBe('open');
});

test.each(['down', 'lost'] as const)(
  'an opening that is killed while the line is %s, wherever it was, is finished by the next one',
  { timeout: KILLS_MS },
  async (fault) => {
    const { house, odile, ines } = await Ward.found();
    house.fault = () => 'down';
    await odile.call('health.open', null);
    await odile.sync();
    let requests = 0;
    for (let done = false; !done; requests += 1) {
      house.fault = failsAfter(requests, fault);
      await killed(odile);
      const { lastReached } = await odile.sync();
      done = lastReached !== null;
      if (!done) expect((await teamOf(odile)).exists).not.toBe('no');
    }
    expect(requests).toBeGreaterThan(6);
    house.fault = () => null;
    await odile.sync();
    await ines.sync();
    expect([await accessOf(odile), await accessOf(ines)]).toEqual(['closed', 'open']);
    expect(house.other.kinds().filter((kind) => kind === 'epoch')).toHaveLength(2);
  },
);

test(
  'a tablet that is killed while it takes the file over goes on from there',
  { timeout: KILLS_MS },
  async () => {
    const { house, odile, ines } = await Ward.found();
    await odile.call('health.open', null);
    await odile.sync();
    house.pageSegments = 1;
    let requests = 0;
    for (let done = false; !done; requests += 1) {
      house.fault = failsAfter(requests, 'lost');
      await killed(ines);
      done = (await ines.sync()).lastReached !== null;
    }
    expect(requests).toBeGreaterThan(6);
    house.fault = () => null;
    await ines.sync();
    expect(await accessOf(ines)).toBe('open');
    await care(ines, { note: 'Plaie' });
    await ines.reopen();
    expect(await notesOn(ines)).toEqual(['Plaie']);
  },
);

test('two administrators who open one at once have one file, and it is read', async () => {
  const { association, house, odile, ines } = await Ward.found();
  const other = await association.tablet('Odile', 7);
  await odile.sync();
  house.fault = () => 'down';
  await odile.call('health.open', null);
  await other.call('health.open', null);
  for (const tablet of [odile, other]) await tablet.sync();
  house.fault = () => null;
  for (const tablet of [other, odile, ines, odile, other, ines]) await tablet.sync();
  expect(house.beside.size).toBe(1);
  expect([await accessOf(odile), await accessOf(other)]).toEqual(['closed', 'closed']);
  expect(await accessOf(ines)).toBe('open');
  for (const tablet of [odile, other]) {
    expect(await teamOf(tablet)).toMatchObject({ exists: 'yes', mayOpen: false, mayTake: true });
  }
  await care(ines, { note: 'Plaie' });
  await ines.reopen();
  expect(await notesOn(ines)).toEqual(['Plaie']);
});

test('an administrator who comes later administers the file too, and reads nothing', async () => {
  const { association, odile, ines } = await Ward.opened();
  const other = await association.tablet('Odile', 7);
  expect(await teamOf(other)).toMatchObject({ exists: 'yes', mayTake: false });
  await odile.sync();
  for (const tablet of [other, ines, other]) await tablet.sync();
  expect(await teamOf(other)).toMatchObject({ mayOpen: false, mayGive: false, mayTake: true });
  expect(await accessOf(other)).toBe('closed');
});

test('a nurse who comes later reads all of it once a nurse has given it, and an administrator cannot', async () => {
  const { association, odile, ines } = await Ward.opened();
  await care(ines, { note: 'Plaie' });
  await ines.sync();
  const other = await association.tablet('Ines');
  const device = await deviceOf(other);
  for (const tablet of [odile, ines]) await tablet.sync();
  expect((await teamOf(odile)).without).toEqual(['Ines']);
  expect(await odile.refused('health.give', { device })).toBe('refused');
  expect(await other.refused('health.give', { device })).toBe('refused');
  expect(await ines.refused('health.give', { device: await deviceOf(odile) })).toBe('not_found');
  await ines.call('health.give', { device });
  expect(await teamOf(ines)).toMatchObject({ readers: ['Ines', 'Ines given'], without: [] });
  expect(await accessOf(other)).toBe('closed');
  await ines.sync();
  await other.sync();
  expect([await accessOf(other), await notesOn(other)]).toEqual(['open', ['Plaie']]);
});

test('a nurse s tablet that is retired is given no key of what is written later', async () => {
  const { ward, odile, ines, other } = await nurses();
  const device = await deviceOf(other);
  await odile.call('device.revoke', { device });
  await odile.sync();
  expect((await teamOf(odile)).readers).toEqual(['Ines']);
  await ines.sync();
  await care(ines, { note: 'Toux' });
  await ines.sync();
  const last = ward.epochs.at(-1);
  expect(last?.readers).not.toContain(device);
  expect(last?.readers).toContain(await deviceOf(ines));
  expect(ward.sealedUnder.at(-1)).toBe(last?.n);
  await other.sync();
  expect(await accessOf(other)).toBe('closed');
});

test('the file is taken from a tablet that goes on working in everything else, and given back', async () => {
  const { odile, ines, other, ward } = await nurses();
  const device = await deviceOf(other);
  expect(await ines.refused('health.take', { device })).toBe('refused');
  await odile.call('health.take', { device });
  await odile.call('health.take', { device });
  expect((await teamOf(odile)).readers.sort()).toEqual(['Ines', 'Ines taken']);
  for (const tablet of [odile, ines, other]) await tablet.sync();
  expect(await accessOf(other)).toBe('closed');
  expect(ward.epochs.at(-1)?.readers).not.toContain(device);
  await care(ines, { note: 'Toux' });
  await ines.sync();
  await other.call('person.create', { alias: 'Fatou' });
  expect(await other.sync()).toMatchObject({ unsent: 0, retired: null });
  expect(await notesOn(other)).toEqual([]);
  await ines.call('health.give', { device });
  await ines.sync();
  await other.sync();
  expect([await accessOf(other), await notesOn(other)]).toEqual(['open', ['Toux']]);
});

/** Two tablets of nurses read the file. */
async function nurses() {
  const ward = await Ward.found();
  const { association, odile, ines } = ward;
  const other = await association.tablet('Ines');
  await odile.sync();
  await odile.call('health.open', null);
  for (const tablet of [odile, ines, other]) await tablet.sync();
  return { ward, association, odile, ines, other };
}

test('what a retired nurse could not send is taken over by an administrator, and her care by a nurse', async () => {
  const { ward, odile, ines, other } = await nurses();
  ward.house.fault = () => 'down';
  await care(other, { note: 'Toux' });
  await other.sync();
  ward.house.fault = () => null;
  await odile.call('device.revoke', { device: await deviceOf(other) });
  for (const tablet of [odile, ines]) await tablet.sync();
  ward.house.fault = ({ path }) =>
    path.includes('/auth/') ? null : problem(403, 'device_revoked');
  await other.sync();
  ward.house.fault = () => null;
  const file = await other.call('salvage.copy', null);
  expect(file.records).toBe((await other.call('sync.state', null)).unsent);
  const health = { closed: 0, elsewhere: true, records: file.records - 2 };
  expect(await odile.call('salvage.open', file.bytes)).toMatchObject(health);
  expect(await odile.call('salvage.write', null)).toEqual({ written: file.records - 2 });
  for (const tablet of [odile, ines]) await tablet.sync();
  expect(await notesOn(ines)).toEqual([]);
  expect(await ines.call('salvage.open', file.bytes)).toMatchObject({
    records: 2,
    elsewhere: false,
  });
  expect(await ines.call('salvage.write', null)).toEqual({ written: 2 });
  expect(await notesOn(ines)).toEqual(['Toux']);
  expect(await ines.sync()).toMatchObject({ unsent: 0, aside: 0 });
  expect(await ines.refused('salvage.open', file.bytes)).toBe('copy_nothing_new');
});

test('a file that somebody says is elsewhere leads nobody there', async () => {
  const ward = await Ward.found();
  const { association, house, odile, ines } = ward;
  const mallory = await malloryJoins(ward);
  const said = { kind: 'health_space', fields: { root: 'ff'.repeat(32) } };
  const entity = 'ee'.repeat(16) as EntityId;
  await write(mallory, [{ intent: 'genesis', entity, ...said }], {
    ...moment(),
    random: randomBytes,
  });
  await deliver(mallory, association.server);
  for (const tablet of [odile, ines]) await tablet.sync();
  expect([await accessOf(ines), (await teamOf(odile)).mayOpen]).toEqual(['none', true]);
  await odile.call('health.open', null);
  for (const tablet of [odile, ines]) await tablet.sync();
  expect(await accessOf(ines)).toBe('open');
  // Nor does it move afterwards, for a tablet that sees it for the first time.
  await pull(mallory, association.server);
  const pointer = house.other.space as string as EntityId;
  await write(mallory, [{ intent: 'edit', entity: pointer, ...said }], {
    ...moment(),
    random: randomBytes,
  });
  await deliver(mallory, association.server);
  const other = await association.tablet('Ines');
  for (const tablet of [odile, ines]) await tablet.sync();
  await ines.call('health.give', { device: await deviceOf(other) });
  for (const tablet of [ines, other]) await tablet.sync();
  expect([await accessOf(ines), await accessOf(other)]).toEqual(['open', 'open']);
});

/** Mallory's device is a member that may write, and no more. */
async function malloryJoins({ association }: Ward) {
  const { odile, server, root } = association;
  await pull(odile, server);
  const epoch = epochOf(odile.reader.view.members);
  const wrapped = await wrap(
    EPOCH_KEY,
    MALLORY.box?.public ?? new Uint8Array(),
    epoch,
    MALLORY.device,
  );
  writeControl(odile, member(MALLORY, { roles: 1, wrap: wrapped }), moment());
  await association.deliver();
  const mallory = newReplica(MALLORY, registry(), SPACE, root, stream(99));
  await pull(mallory, server);
  return mallory;
}

/** Two papers let somebody in on a new tablet. */
async function comesBack(
  { association, house }: Ward,
  seed: RecoverySeed,
  worker: string | null,
): Promise<Tablet> {
  const fresh = await Tablet.new(house);
  const [one = [], two = []] = await sharesOf(seed);
  await fresh.call('recover.begin', null);
  await fresh.call('recover.read', { papers: [[...one], [...two]] });
  await fresh.call('recover.name', { worker, name: 'Nadia', profession: null });
  expect(await fresh.state()).toMatchObject({ step: 'root', root: association.root });
  await fresh.call('recover.compared', null);
  await fresh.call('recover.finish', { pin: PIN });
  await fresh.sync();
  return fresh;
}

test('a nurse who comes back with the papers reads the file again, and gives it to others', async () => {
  const seed = new RecoverySeed(randomBytes(SECRET_BYTES));
  const ward = await Ward.opened(await recoveryIdentity(seed));
  await care(ward.ines, { note: 'Plaie' });
  await ward.ines.sync();
  const fresh = await comesBack(ward, seed, WORKERS.Ines.id);
  expect([await accessOf(fresh), await notesOn(fresh)]).toEqual(['open', ['Plaie']]);
  const other = await ward.association.tablet('Ines');
  await fresh.sync();
  await fresh.call('health.give', { device: await deviceOf(other) });
  await fresh.sync();
  await other.sync();
  expect(await notesOn(other)).toEqual(['Plaie']);
});

test('who comes back with the papers administers the file again, and reads nothing of it', async () => {
  const seed = new RecoverySeed(randomBytes(SECRET_BYTES));
  const ward = await Ward.opened(await recoveryIdentity(seed));
  const { ines } = ward;
  const fresh = await comesBack(ward, seed, null);
  expect(await accessOf(fresh)).toBe('closed');
  expect(await teamOf(fresh)).toMatchObject({ exists: 'yes', mayTake: true, readers: ['Ines'] });
  await fresh.call('health.take', { device: await deviceOf(ines) });
  await fresh.sync();
  await ines.sync();
  expect(await accessOf(ines)).toBe('closed');
});
