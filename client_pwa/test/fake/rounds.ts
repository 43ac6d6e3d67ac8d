/** The bags and the reports of the data worker that keeps everything in memory. */
import type { Id, Instant, KitItem } from '../../src/domain/catalogue.types.ts';
import {
  type BagLine,
  CallProblem,
  type ClosedRound,
  type EncounterLine,
  type Handover,
  type ItemCounts,
  type LossLine,
  type NewRound,
  type Opening,
  type PatrolLine,
  type ReferralLine,
  type RoundReport,
  type ServiceLine,
} from '../../src/worker/protocol.ts';
import { summed } from '../../src/ui/counts.ts';
import { isTakenBack } from '../../src/ui/items.ts';
import * as seed from './seed.ts';

/** What happened on a round so far. */
export type Evening = {
  readonly patrol: PatrolLine;
  /** Void ones left out. */
  readonly encounters: readonly EncounterLine[];
  readonly observations: RoundReport['observations'];
  readonly requests: RoundReport['requests'];
  readonly referrals: readonly ReferralLine[];
};

export class FakeRounds {
  readonly #now: () => Instant;
  readonly #bags: BagLine[];
  readonly #past: RoundReport[];
  #last: Pick<Opening, 'bag' | 'type' | 'mode'>;

  constructor(now: () => Instant, isNew: boolean) {
    this.#now = now;
    this.#bags = isNew ? [] : seed.bags(now());
    this.#past = isNew ? [] : seed.reports(now());
    this.#last = { bag: this.#bags[0]?.id ?? null, type: null, mode: null };
  }

  get opening(): Opening {
    return { ...this.#last, bags: this.#bags, handovers: this.#handovers() };
  }

  rounds(open: PatrolLine | null): readonly PatrolLine[] {
    const past = this.#past.map(({ patrol }) => patrol);
    return open ? [open, ...past] : past;
  }

  /** The bag less what was given from it on this round. */
  bag(id: Id, encounters: readonly EncounterLine[]): BagLine {
    const bag = this.#bag(id);
    const given = givenIn(encounters);
    const left = Object.entries(bag.items).map(([item, count]) => [
      item,
      Math.max(0, count - (given[item as KitItem] ?? 0)),
    ]);
    return { ...bag, items: Object.fromEntries(left) as ItemCounts };
  }

  create(name: string): Id {
    const id = seed.newId();
    this.#bags.push({ id, name, items: {}, counted: null, mark: 'tablet' });
    return id;
  }

  load(id: Id, loaded: ItemCounts): void {
    const { items } = this.#bag(id);
    const codes = [...Object.keys(items), ...Object.keys(loaded)] as KitItem[];
    const counts = codes.map((item) => [item, (items[item] ?? 0) + (loaded[item] ?? 0)]);
    this.#change(id, { items: Object.fromEntries(counts) as ItemCounts });
  }

  open({ bag, type, mode, loaded }: NewRound): PatrolLine['bag'] {
    this.#last = { bag, type, mode };
    if (bag === null) return null;
    this.load(bag, loaded);
    return { id: bag, name: this.#bag(bag).name };
  }

  close(evening: Evening, author: string, { report, handover, counted }: ClosedRound): void {
    const { patrol, encounters } = evening;
    const bag = patrol.bag && this.bag(patrol.bag.id, encounters);
    const losses = counted.flatMap(({ item, count, reason }): LossLine[] => {
      const missing = (bag?.items[item] ?? 0) - count;
      if (missing <= 0) return [];
      return [{ row: seed.newId(), item, count: missing, reason, author, mark: 'tablet' }];
    });
    const differences = counted.flatMap(({ item, count }) => {
      const expected = bag?.items[item] ?? 0;
      return count > expected ? [{ item, expected, counted: count }] : [];
    });
    if (bag) {
      const found = Object.fromEntries(counted.map(({ item, count }) => [item, count]));
      const when = counted.length > 0 ? { counted: this.#now() } : {};
      this.#change(bag.id, { items: { ...bag.items, ...found }, ...when });
    }
    const over = { ...patrol, end: this.#now(), mark: 'tablet' } as const;
    this.#past.unshift({
      ...this.report({ ...evening, patrol: over }),
      report: report === '' ? null : report,
      handover: handover === '' ? null : handover,
      closedBy: author,
      losses,
      differences,
    });
  }

  report({ patrol, encounters, observations, requests, referrals }: Evening): RoundReport {
    const people = encounters.flatMap((line) => line.people);
    const items = summed([...encounters, ...observations].flatMap((line) => line.items));
    return {
      patrol,
      report: null,
      handover: null,
      closedBy: null,
      encounters,
      observations,
      met: [...new Map(people.map(({ id, name }) => [id, { id, name }])).values()],
      anonymous: totals(encounters.map((line) => line.anonymous)),
      ages: totals(encounters.map((line) => line.ages)),
      given: givenIn(encounters),
      collected: items.filter(({ item }) => isTakenBack(item)),
      services: servicesIn(encounters),
      requests,
      referrals,
      losses: [],
      differences: [],
    };
  }

  pastReport(id: Id): RoundReport {
    const found = this.#past.find(({ patrol }) => patrol.id === id);
    if (!found) throw new CallProblem('not_found');
    return found;
  }

  edit(id: Id, fields: Partial<Pick<RoundReport, 'report' | 'handover'>>): void {
    const found = this.pastReport(id);
    this.#past[this.#past.indexOf(found)] = { ...found, ...fields };
  }

  #handovers(): readonly Handover[] {
    const zones = new Set<Id | null>();
    return this.#past.flatMap(({ patrol, handover, closedBy }) => {
      const zone = patrol.zone?.id ?? null;
      if (handover === null || zones.has(zone)) return [];
      zones.add(zone);
      const author = closedBy ?? '';
      const at = patrol.end ?? patrol.start;
      return [{ patrol: patrol.id, zone: patrol.zone, text: handover, author, at }];
    });
  }

  #bag(id: Id): BagLine {
    const found = this.#bags.find((bag) => bag.id === id);
    if (!found) throw new CallProblem('not_found');
    return found;
  }

  #change(id: Id, changed: Partial<BagLine>): void {
    const bag = this.#bag(id);
    this.#bags[this.#bags.indexOf(bag)] = { ...bag, ...changed, mark: 'tablet' };
  }
}

function givenIn(encounters: readonly EncounterLine[]): ItemCounts {
  const items = encounters.flatMap((line) => line.items).filter(({ item }) => !isTakenBack(item));
  return Object.fromEntries(summed(items).map(({ item, count }) => [item, count]));
}

function totals<Code extends string>(
  lines: readonly Readonly<Partial<Record<Code, number>>>[],
): Partial<Record<Code, number>> {
  const sums = new Map<Code, number>();
  for (const [code, count] of lines.flatMap((line) => Object.entries(line) as [Code, number][])) {
    sums.set(code, (sums.get(code) ?? 0) + count);
  }
  return Object.fromEntries(sums) as Partial<Record<Code, number>>;
}

function servicesIn(encounters: readonly EncounterLine[]): RoundReport['services'] {
  const served = (lines: readonly EncounterLine[]): readonly ServiceLine[] =>
    lines.flatMap(({ row, people }) =>
      people.map(({ id, name }) => ({ row, person: { id, name } })),
    );
  return {
    talk: served(encounters),
    kit: served(encounters.filter(({ items }) => items.length > 0)),
  };
}
