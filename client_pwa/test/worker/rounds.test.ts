/** A round: what it is opened with, how it is closed, and the report that writes itself. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Bytes, join } from '../../src/engine/bytes.ts';
import type { EncounterDraft, RoundReport } from '../../src/worker/protocol.ts';
import {
  Association,
  NOBODY,
  NOTHING,
  ROUND,
  STRUCTURE,
  type Tablet,
  WORKERS,
  ZONE,
  pieces,
} from './kit.ts';
import { DIRECTORY } from './server.ts';
import { fillDisk } from '../full-disk.ts';

// What a code costs is nothing that a round depends on.
vi.mock('hash-wasm', () => ({
  argon2id: async ({ password, salt }: { readonly password: string; readonly salt: Bytes }) =>
    new Uint8Array(
      await crypto.subtle.digest('SHA-256', join(new TextEncoder().encode(password), salt)),
    ),
}));

const MINUTE_MS = 60_000;
const CHAPELLE = DIRECTORY.zone[1]?.id ?? '';

let association: Association;
let awa: Tablet;
let bag: string;

beforeEach(async () => {
  association = await Association.found();
  awa = await association.tablet('Awa');
  bag = (await awa.call('bag.create', { name: 'Sac bleu' })).id;
});

function later(): void {
  awa.now_ms += MINUTE_MS;
}

async function meet(...tablets: readonly Tablet[]): Promise<void> {
  for (const tablet of [...tablets, ...tablets]) await tablet.sync();
}

async function met(patrol: string, more: Partial<EncounterDraft>, by = awa): Promise<string> {
  later();
  return (await by.call('encounter.save', { ...NOBODY, patrol, ...more })).row;
}

async function person(alias: string): Promise<string> {
  return (await awa.call('person.create', { alias })).id;
}

function reportOf(id: string, tablet = awa): Promise<RoundReport> {
  return tablet.call('view.report', { id });
}

const ids = (lines: readonly { readonly id: string }[]): string[] => lines.map(({ id }) => id);

/** To how many each service was given. */
function servicesOf({ services }: RoundReport): Record<string, number> {
  return Object.fromEntries(Object.entries(services).map(([name, lines]) => [name, lines.length]));
}

describe('opening', () => {
  test('keeps how, where, with which bag and what is put into it', async () => {
    const more = { mode: 'metro', route: 'Ligne 12', bag, loaded: { tips: 4, water: 0 } } as const;
    const id = await awa.openRound(['Awa', 'Ines'], more);
    await awa.reopen();
    const { patrol, bag: carried } = await awa.call('view.patrol', null);
    const name = 'Sac bleu';
    expect(patrol).toMatchObject({ id, mode: 'metro', route: 'Ligne 12', bag: { id: bag, name } });
    expect(carried).toMatchObject({ id: bag, name, items: { tips: 4 }, counted: null });
  });

  test('begins from what this worker took last, which is not what another one took', async () => {
    const red = (await awa.call('bag.create', { name: 'Sac rouge' })).id;
    const nothing = await awa.call('view.opening', null);
    expect([nothing.bag, nothing.type, nothing.mode]).toEqual([null, null, null]);
    await awa.openRound(['Awa'], { bag, type: 'mediation', mode: 'bus' });
    later();
    await awa.openRound(['Ines'], { bag: red, type: 'social', mode: 'walk' });
    const mine = await awa.call('view.opening', null);
    expect([mine.bag, mine.type, mine.mode]).toEqual([bag, 'mediation', 'bus']);
    expect(mine.bags.map(({ name }) => name)).toEqual(['Sac bleu', 'Sac rouge']);
    later();
    await awa.openRound(['Awa'], { type: 'metro' });
    const last = await awa.call('view.opening', null);
    expect([last.bag, last.type, last.mode]).toEqual([null, null, 'walk']);
  });

  test('shows the last handover note of each zone, the newest first, with who left it', async () => {
    const leave = async (zone: string, handover: string): Promise<string> => {
      const id = await awa.openRound(['Awa'], { zone });
      later();
      await awa.closeRound(id, { handover });
      return id;
    };
    await leave(ZONE, 'Le porche est fermé.');
    const here = await leave(ZONE, 'Revoir Momo.');
    const there = await leave(CHAPELLE, 'Manque de kits.');
    const at = awa.now_ms;
    await leave(ZONE, '  ');
    const { handovers } = await awa.call('view.opening', null);
    expect(handovers.map(({ patrol, text }) => [patrol, text])).toEqual([
      [there, 'Manque de kits.'],
      [here, 'Revoir Momo.'],
    ]);
    expect(handovers[0]).toMatchObject({ zone: { id: CHAPELLE }, author: 'Awa', at });
  });

  test('of a bag that nobody knows, or of what no bag takes, opens nothing', async () => {
    const unknown = { ...ROUND, crew: [WORKERS.Awa.id], bag: '0'.repeat(32) };
    expect(await awa.refused('patrol.open', unknown)).toBe('not_found');
    expect(await awa.refused('bag.load', { bag: WORKERS.Awa.id, items: {} })).toBe('not_found');
    const without = { ...ROUND, crew: [WORKERS.Awa.id], loaded: { tips: 1 } };
    expect(await awa.refused('patrol.open', without)).toBe('refused');
    expect(await awa.call('view.rounds', null)).toEqual([]);
    await awa.call('patrol.open', { ...without, bag });
    expect(await awa.call('view.rounds', null)).toHaveLength(1);
  });
});

describe('the home of a round', () => {
  test('names those met last anywhere, and none of those who stand above already', async () => {
    const [often, there, gone, never, now] = [
      await person('Souvent'),
      await person('Ailleurs'),
      await person('Parti'),
      await person('Jamais'),
      await person('Ce soir'),
    ];
    const first = await awa.openRound(['Awa']);
    await met(first, { people: [{ id: often }] });
    const elsewhere = await awa.openRound(['Awa'], { zone: CHAPELLE });
    await met(elsewhere, { people: [{ id: gone }] });
    await met(elsewhere, { people: [{ id: now }] });
    await met(elsewhere, { people: [{ id: there }] });
    const left = { left: 20_000 };
    await awa.call('entity.edit', { entity: gone, kind: 'person', facts: left, fields: {} });
    later();
    const tonight = await awa.openRound(['Awa']);
    const before = await awa.call('view.patrol', null);
    expect([before.often, before.recent].map(ids)).toEqual([[often], [there, now]]);
    await met(tonight, { people: [{ id: now }] });
    const home = await awa.call('view.patrol', null);
    expect([home.met, home.often, home.recent].map(ids)).toEqual([[now], [often], [there]]);
    expect(ids(home.recent)).not.toContain(never);
  });
});

describe('closing', () => {
  test('counts the bag, says why something is missing, and leaves a note, in one save', async () => {
    const id = await awa.openRound(['Awa'], { bag, loaded: { pipe: 10, tips: 6 } });
    await met(id, { anonymous: { woman: 1 }, items: pieces({ pipe: 3 }) });
    const closed = {
      report: 'Soirée tendue.',
      handover: 'Repasser au square.',
      counted: [
        { item: 'pipe', count: 5, reason: 'police_destruction' },
        { item: 'tips', count: 6, reason: 'lost' },
      ],
    } as const;
    association.server.fault = () => 'down';
    await awa.sync();
    fillDisk();
    expect(await awa.refused('patrol.close', { id, ...closed })).toBe('storage_full');
    expect((await awa.call('view.patrol', null)).patrol).toMatchObject({ id, end: null });
    expect((await reportOf(id)).losses).toEqual([]);
    await awa.closeRound(id, closed);
    await awa.reopen();
    expect((await awa.call('view.patrol', null)).patrol).toBeNull();
    const report = await reportOf(id);
    expect(report).toMatchObject({
      patrol: { id, end: expect.any(Number) as number },
      report: 'Soirée tendue.',
      handover: 'Repasser au square.',
      closedBy: 'Awa',
      given: { pipe: 3 },
      losses: [{ item: 'pipe', count: 2, reason: 'police_destruction', author: 'Awa' }],
      differences: [],
    });
    const { bags, handovers } = await awa.call('view.opening', null);
    expect(bags[0]?.items).toEqual({ pipe: 5, tips: 6 });
    expect(handovers.map(({ text }) => text)).toEqual(['Repasser au square.']);
  });

  test('of a round that somebody else has closed is refused, and its report says by whom', async () => {
    const ines = await association.tablet('Ines');
    const id = await awa.openRound(['Awa', 'Ines'], { bag, loaded: { tips: 6 } });
    await meet(awa, ines);
    expect((await reportOf(id)).closedBy).toBeNull();
    const [seen, counted] = [ines.now_ms, [{ item: 'tips', count: 1, reason: null }] as const];
    await ines.closeRound(id, { report: 'Calme.' });
    await meet(ines, awa);
    const late = { id, report: 'Tendu.', handover: 'À demain.', counted };
    expect(await awa.refused('patrol.close', late)).toBe('round_closed');
    const report = await reportOf(id);
    expect(report).toMatchObject({
      report: 'Calme.',
      handover: null,
      closedBy: 'Ines',
      losses: [],
    });
    expect((await awa.call('view.opening', null)).bags[0]).toMatchObject({ counted: null });
    expect(report.patrol.end).toBeLessThanOrEqual(seen);
    expect((await awa.sync()).unsent).toBe(0);
  });

  test('of a round without a bag counts nothing, and what is counted all the same is refused', async () => {
    const id = await awa.openRound(['Awa']);
    const counted = [{ item: 'tips', count: 1, reason: null }] as const;
    const closed = { id, report: 'Calme.', handover: '', counted };
    expect(await awa.refused('patrol.close', closed)).toBe('refused');
    expect((await awa.call('view.patrol', null)).patrol).toMatchObject({ id });
    await awa.closeRound(id, { report: 'Calme.' });
    const { patrol, losses, differences } = await reportOf(id);
    expect([patrol.bag, losses, differences]).toEqual([null, [], []]);
  });

  test('of what is no round is refused', async () => {
    for (const id of ['0'.repeat(32), bag]) {
      const closed = { id, report: '', handover: '', counted: [] };
      expect(await awa.refused('patrol.close', closed)).toBe('not_found');
      expect(await awa.refused('view.report', { id })).toBe('not_found');
    }
  });
});

test('rounds are looked up again, the newest first and open ones too', async () => {
  const first = await awa.openRound(['Ines']);
  await awa.closeRound(first);
  later();
  const second = await awa.openRound(['Awa']);
  const rounds = await awa.call('view.rounds', null);
  expect(rounds.map(({ id, end }) => [id, end === null])).toEqual([
    [second, true],
    [first, false],
  ]);
});

describe('the report of a round', () => {
  test('counts what was given, taken back and done, who was met once, and nobody named by number', async () => {
    const id = await awa.openRound(['Awa'], { bag, loaded: { tips: 20 } });
    const momo = await person('Momo');
    const fatou = await person('Fatou');
    const one = await met(id, {
      people: [{ id: momo }],
      anonymous: { man: 2 },
      ages: { '25_34': 2 },
      items: [
        ...pieces({ tips: 2, used_pipes: 3 }),
        { item: 'used_syringes', unit: 'gram', count: 350 },
      ],
      contact: { 'services/care': true },
    });
    await met(id, {
      people: [{ id: momo }, { id: fatou }],
      anonymous: { man: 1, woman: 1 },
      ages: { '25_34': 1, '35_44': 1 },
      items: [
        ...pieces({ tips: 1, used_syringes: 5 }),
        { item: 'used_syringes', unit: 'container', count: 2 },
        { item: 'used_syringes', unit: 'gram', count: 50 },
      ],
    });
    const row = await met(id, {
      people: [{ alias: 'Écrite deux fois' }],
      anonymous: { man: 7 },
      items: pieces({ tips: 7 }),
      needs: ['meal'],
    });
    await awa.call('encounter.void', { row, reason: 'Écrite deux fois.' });
    const { items } = await awa.call('view.encounter', { row: one });
    const tips = items.find(({ item }) => item === 'tips')?.row ?? '';
    await awa.call('encounter.amend', { ...NOTHING, row: one, counts: [{ row: tips, count: 4 }] });
    const report = await reportOf(id);
    expect(report.encounters).toHaveLength(2);
    expect(report.met.map(({ name }) => name).sort()).toEqual(['Fatou', 'Momo']);
    expect(report).toMatchObject({ requests: [], report: null, handover: null });
    expect(report.anonymous).toEqual({ man: 3, woman: 1 });
    expect(report.given).toEqual({ tips: 5 });
    expect(report.ages).toEqual({ '25_34': 3, '35_44': 1 });
    expect(report.collected.map(({ item, unit, count }) => [item, unit, count]).sort()).toEqual([
      ['used_pipes', 'piece', 3],
      ['used_syringes', 'container', 2],
      ['used_syringes', 'gram', 400],
      ['used_syringes', 'piece', 5],
    ]);
    expect(servicesOf(report)).toEqual({ talk: 3, kit: 3, care: 1 });
    expect((await awa.call('view.opening', null)).bags[0]?.items).toEqual({ tips: 15 });
  });

  test('knows two records of one person as one', async () => {
    const id = await awa.openRound(['Awa']);
    const [momo, maurice] = [await person('Momo'), await person('Maurice')];
    await met(id, { people: [{ id: momo }, { id: maurice }], needs: ['meal'] });
    await met(id, { people: [{ id: maurice }] });
    const apart = await reportOf(id);
    expect([apart.met.length, servicesOf(apart), apart.requests.length]).toEqual([
      2,
      { talk: 3, request: 2 },
      2,
    ]);
    await awa.call('person.merge', { ids: [momo, maurice] });
    const [first = ''] = [momo, maurice].sort();
    const report = await reportOf(id);
    expect(ids(report.met)).toEqual([first]);
    expect(servicesOf(report)).toEqual({ talk: 2, request: 1 });
    expect(report.requests.map((one) => one.person.id)).toEqual([first, first]);
  });

  test('keeps every number when somebody was erased, and says nothing of them', async () => {
    const odile = await association.administrator();
    const id = await awa.openRound(['Awa'], { bag, loaded: { tips: 5 } });
    const momo = await person('Momo');
    await met(id, { people: [{ id: momo }], items: pieces({ tips: 2 }), needs: ['meal'] });
    await meet(awa, odile);
    expect((await reportOf(id, odile)).met).toEqual([{ id: momo, name: 'Momo' }]);
    await odile.call('person.erase', { ids: [momo] });
    await meet(odile, awa);
    for (const tablet of [awa, odile]) {
      const report = await reportOf(id, tablet);
      expect(report).toMatchObject({ met: [], requests: [], services: {}, given: { tips: 2 } });
      expect(report.encounters).toMatchObject([{ erased: true }]);
      expect(report.patrol).toMatchObject({ encounters: 1, people: 1 });
      expect((await tablet.call('view.opening', null)).bags[0]?.items).toEqual({ tips: 3 });
    }
  });

  test('tells the requests and referrals of this round, and of no other one', async () => {
    const momo = await person('Momo');
    const said = { people: [{ id: momo }], needs: ['meal'] } as const;
    const refers = { structure: STRUCTURE, needs: ['shelter'], consent: 'spoken' } as const;
    const before = await awa.openRound(['Awa']);
    await met(before, { ...said, referral: refers });
    await awa.closeRound(before);
    later();
    await awa.call('referral.create', { person: momo, ...refers });
    const id = await awa.openRound(['Awa'], { zone: CHAPELLE });
    await met(id, { people: [{ id: momo }], needs: ['phone'], referral: refers });
    const row = await met(id, { ...said, referral: refers });
    await awa.call('encounter.void', { row, reason: '' });
    await met(id, { people: [{ id: momo }] });
    later();
    const own = await awa.call('referral.create', { person: momo, ...refers });
    const [first, report] = [await reportOf(before), await reportOf(id)];
    expect([first, report].map(({ requests }) => requests.map(({ need }) => need))).toEqual([
      ['meal'],
      ['phone'],
    ]);
    expect([first.referrals.length, report.referrals.length]).toEqual([1, 2]);
    expect(ids(report.referrals)).toContain(own.id);
    expect(ids(await awa.call('view.queue', null))).toHaveLength(5);
  });

  test('has the referral that its crew wrote beside it, and not what somebody else did at the same moment', async () => {
    const [ines, bruno] = [await association.tablet('Ines'), await association.tablet('Bruno')];
    const momo = await person('Momo');
    const id = await awa.openRound(['Awa', 'Ines']);
    await met(id, { people: [{ id: momo }] });
    await meet(awa, ines, bruno);
    ines.now_ms = awa.now_ms + MINUTE_MS;
    bruno.now_ms = awa.now_ms;
    const refers = { structure: STRUCTURE, needs: [], consent: 'spoken' } as const;
    const hers = await ines.call('referral.create', { person: momo, ...refers });
    await bruno.call('referral.create', { person: momo, ...refers });
    await meet(ines, bruno, awa);
    for (const tablet of [awa, ines, bruno]) {
      expect(ids((await reportOf(id, tablet)).referrals)).toEqual([hers.id]);
    }
  });
});
