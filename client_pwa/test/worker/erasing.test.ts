/** A person is erased by an administrator: what she asks for, what everybody shows afterwards, and who has done it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/engine/bytes.ts';
import { decodeHeader } from '../../src/engine/op.ts';
import { kept } from './kept.ts';
import { STRUCTURE, NOBODY, type Tablet, pieces } from './kit.ts';
import { fillDisk } from '../full-disk.ts';
import { accessOf, care, deviceOf, notesOn, Ward } from './ward.ts';

const NOTE = 'Pansement refait';

let ward: Ward;
let awa: Tablet;
let momo: string;
let fatou: string;
/** Takes the association's server back to where it was before anything was erased. */
let putBack: () => void;

/** Ines has met Momo and cared for them; Momo asked for a roof and was referred. Everybody has it, Odile not its health. */
beforeEach(async () => {
  ward = await Ward.opened();
  const { association, odile, ines } = ward;
  awa = await association.tablet('Awa');
  const referral = { structure: STRUCTURE, needs: ['shelter'], consent: 'spoken' } as const;
  const patrol = await ines.openRound();
  await ines.call('encounter.save', {
    ...NOBODY,
    patrol,
    people: [{ alias: 'Momo' }],
    items: pieces({ crack_kit: 2 }),
    needs: ['shelter'],
    note: 'Vue Momo au canal',
    health: { 'acts/wound': true, note: NOTE },
    referral,
  });
  await ines.call('person.create', { alias: 'Fatou' });
  await settle(ines, awa, odile);
  momo = (await awa.person('Momo')).line.id;
  fatou = (await awa.person('Fatou')).line.id;
  putBack = ward.house.backup();
});

async function settle(...tablets: readonly Tablet[]): Promise<void> {
  for (const tablet of tablets) await tablet.sync();
}

async function names(tablet: Tablet): Promise<string[]> {
  const { people } = await tablet.call('view.people', { query: '' });
  return people.map(({ name }) => name).sort();
}

function describes(tablet: Tablet, entity: string, description: string): Promise<null> {
  const edit = { entity, kind: 'person', facts: {}, fields: { description } };
  return tablet.call('entity.edit', edit);
}

/** The headers and sealed payloads of somebody's ops in both spaces, as they were pushed. */
function bytesOf(entity: string): { first: string[]; health: string[] } {
  const [first, health] = [ward.house, ward.house.other].map(({ segments }) =>
    segments
      .flatMap(({ rows }) => rows)
      .filter(({ header }) => decodeHeader(header).entity === entity)
      .flatMap(({ header, sealed }) => [toHex(header), toHex(sealed)]),
  );
  return { first: first ?? [], health: health ?? [] };
}

async function count(tablet: Tablet, bytes: readonly string[]): Promise<number> {
  const found = await kept(tablet, ward.house);
  return bytes.filter((one) => found.includes(one)).length;
}

function erasures(server: { readonly segments: Ward['house']['segments'] }): number {
  const headers = server.segments.flatMap(({ rows }) => rows.map(({ header }) => header));
  return headers.filter((header) => decodeHeader(header).kind === 'erase').length;
}

async function carriedOut(tablet: Tablet) {
  await tablet.call('erasures.look', null);
  const { lines } = await tablet.call('view.erasures', null);
  return lines.map(({ carriedOut: one, ...line }) => ({
    ...line,
    done: one?.done,
    of: one?.of,
    waiting: one?.waiting.map(({ worker, health }) => (health ? `${worker.name} +` : worker.name)),
  }));
}

describe('asking', () => {
  test('only an administrator may, and of whom they are shown', async () => {
    expect((await ward.odile.person('Momo')).mayErase).toBe(true);
    expect((await awa.person('Momo')).mayErase).toBe(false);
    expect(await awa.refused('person.erase', { ids: [momo] })).toBe('refused');
    expect(await ward.odile.refused('person.erase', { ids: [momo, fatou] })).toBe('refused');
    expect(await ward.odile.refused('person.erase', { ids: ['0'.repeat(32)] })).toBe('not_found');
    await settle(ward.odile, awa);
    expect(await names(awa)).toEqual(['Fatou', 'Momo']);
  });

  test('until the log has it, the person is there and nothing is written of them', async () => {
    const { odile, house } = ward;
    house.fault = () => 'down';
    await odile.call('person.erase', { ids: [momo] });
    await odile.call('person.erase', { ids: [momo] });
    await odile.reopen();
    const { erasing } = await odile.person('Momo');
    expect(erasing).toEqual({ author: 'Odile', at: odile.now_ms });
    expect((await odile.person('Fatou')).erasing).toBeNull();
    await describes(odile, fatou, 'Bonnet vert');
    const edit = { entity: momo, kind: 'person', facts: {}, fields: { description: 'Bleu' } };
    expect(await odile.refused('entity.edit', edit)).toBe('erasing');
    expect((await odile.call('view.erasures', null)).lines).toMatchObject([
      { asked: true, author: 'Odile', records: 1, carriedOut: null },
    ]);
    house.fault = () => null;
    await odile.sync();
    expect([await names(odile), erasures(house), erasures(house.other)]).toEqual([['Fatou'], 1, 1]);
    expect(await odile.refused('entity.edit', edit)).toBe('erased');
  });

  test('a full disk leaves nothing asked, in neither space', async () => {
    const { odile, house } = ward;
    fillDisk(1);
    expect(await odile.refused('person.erase', { ids: [momo] })).toBe('storage_full');
    await odile.reopen();
    expect((await odile.person('Momo')).erasing).toBeNull();
    expect([erasures(house), erasures(house.other)]).toEqual([0, 0]);
  });

  test('who joined the records meanwhile is not erased unseen', async () => {
    const { odile } = ward;
    await awa.call('person.merge', { ids: [momo, fatou] });
    await settle(awa, odile);
    expect(await odile.refused('person.erase', { ids: [momo] })).toBe('refused');
    const { records } = await odile.person('Momo');
    await odile.call('person.erase', { ids: records.map(({ id }) => id) });
    await settle(odile, awa);
    expect([await names(awa), erasures(ward.house)]).toEqual([[], 1]);
    expect((await odile.call('view.erasures', null)).lines).toMatchObject([{ records: 2 }]);
  });
});

describe('afterwards', () => {
  beforeEach(async () => {
    await ward.odile.call('person.erase', { ids: [momo] });
    await ward.odile.sync();
  });

  test('nobody finds the person on any tablet, and everybody else is there', async () => {
    const { odile, ines } = ward;
    await settle(awa, ines);
    for (const tablet of [awa, ines, odile]) {
      expect(await names(tablet)).toEqual(['Fatou']);
      expect((await tablet.call('view.people', { query: 'momo' })).people).toEqual([]);
      expect(await tablet.refused('view.person', { id: momo })).toBe('erased');
      expect(await tablet.call('view.erased', { ids: [momo, fatou] })).toEqual([momo]);
    }
    expect(await notesOn(ines, 'Fatou')).toEqual([]);
  });

  test('the encounter and what was given still count; the referral goes on without a name', async () => {
    const { ines } = ward;
    await ines.sync();
    const { patrol, met, often, encounters } = await ines.call('view.patrol', null);
    expect([patrol?.encounters, patrol?.people, met, often]).toEqual([1, 1, [], []]);
    expect(encounters).toMatchObject([{ people: [], erased: true, items: [{ count: 2 }] }]);
    const [line] = await awa.sync().then(() => awa.call('view.queue', null));
    expect(line).toMatchObject({ person: { id: momo, name: '' }, erased: true, consent: null });
    const referral = await awa.call('view.referral', { id: line?.id ?? '' });
    expect(referral).toMatchObject({ note: null, moves: [{ move: 'send' }] });
  });

  test('an encounter with nobody but an erased person is told from one that has lost nobody', async () => {
    const { ines } = ward;
    const patrol = (await ines.call('view.patrol', null)).patrol?.id ?? '';
    ines.now_ms += 60_000;
    await ines.call('encounter.save', { ...NOBODY, patrol, anonymous: { man: 1 } });
    await ines.sync();
    const { encounters } = await ines.call('view.patrol', null);
    expect(encounters.map(({ erased }) => erased)).toEqual([false, true]);
  });

  test('no page of either log, and no record, keeps a byte of them; those of others are kept', async () => {
    const { ines } = ward;
    const [gone, other] = [bytesOf(momo), bytesOf(fatou)];
    const before = [await count(ines, gone.first), await count(ines, gone.health)];
    expect([before, gone.health.length > 0]).toEqual([
      [gone.first.length, gone.health.length],
      true,
    ]);
    await ines.sync();
    expect([await count(ines, gone.first), await count(ines, gone.health)]).toEqual([0, 0]);
    expect(await count(ines, other.first)).toBe(other.first.length);
    expect([await accessOf(ines), await names(ines)]).toEqual(['open', ['Fatou']]);
  });

  test('what a nurse had noted offline of them goes, and what she noted of another arrives', async () => {
    const { ines, house } = ward;
    house.fault = () => 'down';
    await care(ines, { note: 'Fièvre' }, [{ id: momo }]);
    await care(ines, { note: 'Toux' }, [{ id: fatou }]);
    await describes(ines, momo, 'Bonnet bleu');
    house.fault = () => null;
    expect(await ines.sync()).toMatchObject({ unsent: 0, aside: 0, alarm: null });
    expect([await names(ines), await notesOn(ines, 'Fatou')]).toEqual([['Fatou'], ['Toux']]);
    expect(
      (await kept(ines, ward.house)).includes(toHex(new TextEncoder().encode('Bonnet bleu'))),
    ).toBe(false);
    await awa.sync();
    expect((await awa.person('Fatou')).timeline).toHaveLength(1);
  });

  test('somebody who is merged with them afterwards stays, alone', async () => {
    const merged = { ids: [fatou, momo] };
    await awa.call('person.merge', merged);
    await settle(awa, ward.odile, ward.ines);
    for (const tablet of [awa, ward.ines, ward.odile]) {
      expect(await names(tablet)).toEqual(['Fatou']);
      expect((await tablet.person('Fatou')).records).toEqual([]);
    }
  });

  test('a server that has lost the erasure shows the person to nobody, and is told again', async () => {
    const { ines, odile, house } = ward;
    await settle(ines, awa);
    expect(erasures(house)).toBe(1);
    putBack();
    expect(erasures(house)).toBe(0);
    for (const tablet of [awa, ines]) {
      await tablet.sync();
      expect([await names(tablet), await tablet.refused('view.person', { id: momo })]).toEqual([
        ['Fatou'],
        'erased',
      ]);
    }
    await odile.sync();
    expect([await names(odile), erasures(house)]).toEqual([['Fatou'], 1]);
    await awa.sync();
    expect(await names(awa)).toEqual(['Fatou']);
  });
});

describe('who has carried it out', () => {
  test('counts a device once it has let go in both spaces, and says who is waited for', async () => {
    const { odile, ines } = ward;
    await odile.call('person.erase', { ids: [momo] });
    await odile.sync();
    expect(await carriedOut(odile)).toMatchObject([
      { records: 1, author: 'Odile', asked: false, done: 1, of: 3, waiting: ['Ines', 'Awa'] },
    ]);
    await awa.sync();
    expect(await carriedOut(odile)).toMatchObject([{ done: 2, of: 3, waiting: ['Ines'] }]);
    await ines.sync();
    expect(await carriedOut(odile)).toMatchObject([{ done: 3, of: 3, waiting: [] }]);
  });

  test('a nurse who has done it in one space only is still waited for, in the health file', async () => {
    const { odile, ines, house } = ward;
    await odile.call('person.erase', { ids: [momo] });
    await settle(odile, awa);
    const { space } = house.other;
    house.fault = ({ path }) => (path.includes(space) ? 'down' : null);
    await ines.sync();
    house.fault = () => null;
    expect(await carriedOut(odile)).toMatchObject([{ done: 2, of: 3, waiting: ['Ines +'] }]);
  });

  test('without a network the card tells what the server said last, and since when', async () => {
    const { odile, house } = ward;
    await odile.call('person.erase', { ids: [momo] });
    await odile.sync();
    expect(await odile.call('view.erasures', null)).toMatchObject({
      known: null,
      lines: [{ carriedOut: null }],
    });
    await carriedOut(odile);
    const asked = odile.now_ms;
    await settle(awa, ward.ines);
    house.fault = () => 'down';
    odile.now_ms += 3_600_000;
    await odile.reopen();
    expect(await odile.refused('erasures.look', null)).toBe('server_unreached');
    expect(await odile.call('view.erasures', null)).toMatchObject({
      known: asked,
      lines: [{ carriedOut: { done: 1, of: 3 } }],
    });
  });

  test('a device that is let in later has nothing to carry out; a retired one is waited for no more', async () => {
    const { association, odile } = ward;
    await odile.call('person.erase', { ids: [momo] });
    await odile.sync();
    await association.tablet('Bruno');
    await odile.call('device.revoke', { device: await deviceOf(awa) });
    await odile.sync();
    expect(await carriedOut(odile)).toMatchObject([{ done: 1, of: 2, waiting: ['Ines'] }]);
  });
});

test('an administrator who had no part in the health file yet is made up for there', async () => {
  const { association, house, odile, ines } = ward;
  const other = await association.tablet('Bruno', 7);
  expect(await accessOf(other)).toBe('closed');
  await other.call('person.erase', { ids: [momo] });
  await other.sync();
  expect([erasures(house), erasures(house.other)]).toEqual([1, 0]);
  await settle(odile, ines);
  expect([erasures(house), erasures(house.other)]).toEqual([1, 1]);
  expect(await count(ines, bytesOf(momo).health)).toBe(0);
  await settle(other, odile);
  expect([erasures(house), erasures(house.other)]).toEqual([1, 1]);
});
