/** What the tests of the health file share: an association with its administrator and a nurse, and who reads what. */
import type { HealthReader } from '../../src/worker/protocol.ts';
import type { Identity } from '../../src/engine/keyring.ts';
import { decodeBody } from '../../src/engine/control.ts';
import { decodeHeader, OpClass } from '../../src/engine/op.ts';
import { House } from './house.ts';
import { Association, NOBODY, type Tablet } from './kit.ts';

/** Odile administers; Ines is a nurse. */
export class Ward {
  readonly house: House;
  readonly association: Association;
  readonly odile: Tablet;
  readonly ines: Tablet;

  private constructor(house: House, association: Association, odile: Tablet, ines: Tablet) {
    this.house = house;
    this.association = association;
    this.odile = odile;
    this.ines = ines;
  }

  static async found(recovery?: Identity): Promise<Ward> {
    const house = new House();
    const association = await Association.found(house, recovery);
    const odile = await association.administrator();
    const ines = await association.tablet('Ines');
    await odile.sync();
    return new Ward(house, association, odile, ines);
  }

  /** The file is opened, and Ines's tablet has taken it over. */
  static async opened(recovery?: Identity): Promise<Ward> {
    const ward = await Ward.found(recovery);
    await ward.odile.call('health.open', null);
    await ward.odile.sync();
    await ward.ines.sync();
    return ward;
  }

  /** The keys of the health space, with the devices that were given each. */
  get epochs(): { readonly n: number; readonly readers: readonly string[] }[] {
    return this.#ops().flatMap(({ header, sealed }) => {
      if (header.kind !== 'epoch') return [];
      const body = decodeBody('epoch', sealed, this.house.other.space);
      return body.kind === 'epoch'
        ? [{ n: body.n, readers: body.wraps.map(([device]) => device) }]
        : [];
    });
  }

  /** The epochs under which anything of a person was sealed. */
  get sealedUnder(): number[] {
    const records = this.#ops().filter(({ header }) => header.opClass !== OpClass.CONTROL);
    return records.map(({ header }) => header.epoch);
  }

  #ops() {
    const rows = this.house.other.segments.flatMap((segment) => segment.rows);
    return rows.map(({ header, sealed }) => ({ header: decodeHeader(header), sealed }));
  }
}

export async function accessOf(tablet: Tablet): Promise<string> {
  const state = await tablet.state();
  return state.state === 'open' ? state.health : state.state;
}

export async function deviceOf(tablet: Tablet): Promise<string> {
  const lines = await tablet.call('view.team', null);
  const here = lines.flatMap(({ devices }) => devices).find((device) => device.here);
  if (here === undefined) throw new Error('The tablet is no member.');
  return here.id;
}

const named = (readers: readonly HealthReader[]): string[] =>
  readers.map(({ worker, waiting }) => [worker.name, waiting].filter(Boolean).join(' '));

/** Returns who reads the file as a tablet knows it, by name and by what waits there. */
export async function teamOf(tablet: Tablet) {
  const { readers, without, ...rest } = await tablet.call('view.health', null);
  return { ...rest, readers: named(readers), without: named(without) };
}

/** Somebody meets Momo and writes what they cared for. */
export async function care(
  tablet: Tablet,
  health: Readonly<Record<string, boolean | string>>,
  people: readonly ({ readonly alias: string } | { readonly id: string })[] = [{ alias: 'Momo' }],
): Promise<{ readonly row: string }> {
  const patrol = await tablet.openRound();
  return tablet.call('encounter.save', { ...NOBODY, patrol, people, health });
}

/** Returns all notes that a tablet shows of the one person found by these words, the newest first. */
export async function notesOn(tablet: Tablet, query = 'Momo'): Promise<unknown[]> {
  const { timeline } = await tablet.person(query);
  return timeline.flatMap((item) =>
    item.type === 'contact' ? item.health.map(({ fields }) => fields['note']?.value) : [],
  );
}
