/** The health file as the screens may meet it: who reads it, and what it says. */
import type { Id, Instant } from '../../src/domain/catalogue.types.ts';
import {
  CallProblem,
  type ContactHealth,
  type FieldView,
  type FieldViews,
  type HealthAccess,
  type HealthReader,
  type HealthTeam,
  type Values,
  type WorkerLine,
} from '../../src/worker/protocol.ts';
import * as seed from './seed.ts';

export type FakeHealthOptions = {
  readonly now: () => Instant;
  readonly me: WorkerLine;
  readonly access: HealthAccess;
  /**
   * `alone`: no health worker has a device; `opening`: said, and not on the server yet; `waiting`: one waits; `care`:
   * care of no contact stands by itself, and the file of a retired device has some that is another's to take over.
   */
  readonly team: string;
  readonly changed: () => void;
};

const DAY_MS = 86_400_000;
const TAKES_EFFECT_MS = 4_000;

export class FakeHealth {
  readonly #options: FakeHealthOptions;
  readonly #persons = new Map<Id, Record<string, FieldView>>();
  readonly #contacts = new Map<string, ContactHealth[]>();
  #exists: HealthTeam['exists'];
  #readers: HealthReader[];
  #without: HealthReader[];

  constructor(options: FakeHealthOptions) {
    this.#options = options;
    const nurses = seed.workers.filter(({ role }) => role === 'health');
    const [first, ...others] = options.team === 'alone' ? [] : nurses.map((one) => this.#of(one));
    const opened = options.team === 'opening' ? 'opening' : 'yes';
    this.#exists = options.access === 'none' ? 'no' : opened;
    this.#readers = first && this.#exists !== 'no' ? [first] : [];
    this.#without = first && this.#exists === 'no' ? [first, ...others] : others;
    if (options.team !== 'waiting' && this.#exists !== 'no') {
      this.#readers.push(...this.#without.splice(0));
    }
  }

  get access(): HealthAccess {
    return this.#options.access;
  }

  get team(): HealthTeam {
    const administers = this.#options.me.role === 'administrator';
    const knows = administers || this.access !== 'none';
    return {
      exists: this.#exists,
      mayOpen: administers && this.#exists === 'no' && this.#without.length > 0,
      mayGive: this.access === 'open',
      mayTake: administers,
      readers: knows ? this.#readers : [],
      without: knows ? this.#without : [],
    };
  }

  open(): void {
    if (!this.team.mayOpen) throw new CallProblem('refused');
    this.#exists = 'opening';
    this.#readers = this.#without.splice(0).map((one) => ({ ...one, waiting: 'given' }));
    setTimeout(() => {
      this.#exists = 'yes';
      this.#readers = this.#readers.map((one) => ({ ...one, waiting: null }));
      this.#options.changed();
    }, TAKES_EFFECT_MS);
  }

  give(device: Id): void {
    this.#move(device, 'given');
  }

  take(device: Id): void {
    this.#move(device, 'taken');
  }

  /** What the file says of a person, where this device reads it. */
  person(id: Id): { readonly fields: FieldViews } | null {
    return this.access === 'open' ? { fields: this.#persons.get(id) ?? {} } : null;
  }

  contact(row: string): readonly ContactHealth[] {
    return this.access === 'open' ? (this.#contacts.get(row) ?? []) : [];
  }

  edit(person: Id, fields: Readonly<Record<string, FieldView>>): void {
    this.#persons.set(person, { ...this.#persons.get(person), ...fields });
  }

  add(contact: string, values: Values, author = this.#options.me.name): void {
    if (this.access !== 'open') throw new CallProblem('refused');
    const at = this.#options.now();
    const mark = author === this.#options.me.name ? 'tablet' : 'server';
    const fields = Object.fromEntries(
      Object.entries(values).map(([name, one]) => [name, seed.standing(one, author, at, mark)]),
    );
    const said = this.#contacts.get(contact) ?? [];
    this.#contacts.set(contact, [...said, { row: seed.newId(), author, at, fields, mark }]);
  }

  #of(worker: WorkerLine): HealthReader {
    const here = worker.id === this.#options.me.id;
    const device = seed.deviceOf(worker.id);
    const since = this.#options.now() - 40 * DAY_MS;
    return { device, worker, here, since, waiting: null };
  }

  #move(device: Id, waiting: 'given' | 'taken'): void {
    const say = (lines: readonly HealthReader[]): HealthReader[] =>
      lines.map((one) => (one.device === device ? { ...one, waiting } : one));
    this.#readers = say(this.#readers);
    this.#without = say(this.#without);
    setTimeout(() => {
      const all = [...this.#readers, ...this.#without];
      const moved = all.filter((one) => one.device === device);
      const settled = moved.map((one) => ({ ...one, waiting: null }));
      this.#readers = this.#readers.filter((one) => one.device !== device);
      this.#without = this.#without.filter((one) => one.device !== device);
      (waiting === 'given' ? this.#readers : this.#without).push(...settled);
      this.#options.changed();
    }, TAKES_EFFECT_MS);
  }
}
