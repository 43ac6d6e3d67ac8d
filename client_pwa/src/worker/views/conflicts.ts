/** Where two values exist, and what waits or was refused. */
import { type EntityState, type Group, ownGroup, type Register } from '../../engine/fold.ts';
import type { OpId } from '../../engine/ids.ts';
import { FACT, FIELD, type Setter, unjustified } from '../../engine/liveness.ts';
import type { Header } from '../../engine/op.ts';
import { CONFLICT } from '../../engine/outbox.ts';
import type { Replica } from '../../engine/replica.ts';
import type { KitItem } from '../../domain/catalogue.types.ts';
import type { ConflictCard, UnsentLine } from '../protocol.ts';
import { encounterNamed, zoneLine } from './encounters.ts';
import { HEALTH_OF_PERSON } from './health.ts';
import { observationNamed } from './observations.ts';
import { personNamed, recordName, recordsOf } from './persons.ts';
import { plainValue, type Reading, rowIdOf, shown, textOf, told } from './reading.ts';
import { placeOf } from './standing.ts';

const KINDS = ['person', 'patrol', 'bag', 'referral', 'worker', 'notice'];
/** As much of a notice as tells which one it is. */
const TITLE_CHARS = 60;

export function conflicts(reading: Reading): ConflictCard[] {
  const { health } = reading;
  const here = cardsIn(reading, KINDS, reading);
  return health === null ? here : [...here, ...cardsIn(health, [HEALTH_OF_PERSON], reading)];
}

/** `names` is what shows the people: what the health file holds names nobody. */
function cardsIn(reading: Reading, kinds: readonly string[], names: Reading): ConflictCard[] {
  return kinds
    .flatMap((kind) => reading.entities(kind))
    .flatMap((state) => {
      return inConflict(reading, state).map(({ taker, standing, candidates, ...card }) => ({
        ...card,
        ...titleOf(names, names.state(state.entity) ?? state, card.row),
        taker: taker === null ? null : reading.author(taker),
        stands: plainValue(standing),
        undecided: reading.isHighStakes(card.kind, card.name),
        candidates: reading.candidates(candidates),
      }));
    });
}

/**
 * A person is named as everywhere, and the record beside them if they have several; of a round, its encounters
 * and its observations it is said where they were.
 */
function titleOf(
  reading: Reading,
  state: EntityState,
  row: string | null,
): Pick<ConflictCard, 'title' | 'record'> {
  const own = ownGroup(state);
  if (own?.kind === 'patrol') {
    const group = state.groups.find((one) => one.row === row) ?? own;
    return { title: whereOf(reading, own, group), record: null };
  }
  if (own?.kind === 'notice') {
    const text = Array.from(textOf(shown(own, FIELD, 'text')) ?? '');
    const rest = text.length > TITLE_CHARS ? '…' : '';
    return { title: `${text.slice(0, TITLE_CHARS).join('')}${rest}`, record: null };
  }
  if (own?.kind !== 'person') {
    return { title: textOf(shown(own, FIELD, 'name')) ?? '', record: null };
  }
  const isOneOfSeveral = recordsOf(reading, state.entity).length > 1;
  return {
    title: personNamed(reading, state.entity).name,
    record: isOneOfSeveral ? recordName(reading, state) : null,
  };
}

function whereOf(reading: Reading, patrol: Group, row: Group): string {
  const name = row.row === null ? '' : nameOf(row, row.row);
  const place = encounterNamed(reading, name) ?? observationNamed(reading, name);
  const zone = place?.zone ?? zoneLine(reading, shown(patrol, FACT, 'zone'));
  return zone?.name ?? '';
}

/** The name of the encounter or the observation that a row is, or is of. */
function nameOf(group: Group, row: OpId): string {
  return group.kind === 'distribution' ? placeOf(group) : rowIdOf(row);
}

type Open = Pick<ConflictCard, 'entity' | 'kind' | 'row' | 'name' | 'plain' | 'item'> & {
  readonly taker: OpId | null;
  readonly standing: Register['value'];
  readonly candidates: Register['candidates'];
};

const inConflict = told((state, reading): Open[] => {
  const taken = takenAway(reading, state);
  const shownTwice = new Set(taken.map(({ plain, name }) => setterOf(plain, name)));
  const inGroups = state.groups.flatMap((group) =>
    Array.from(group.registers)
      .filter(
        ([setter, { conflict }]) => conflict && !(group.row === null && shownTwice.has(setter)),
      )
      .map(([setter, { value, candidates }]) => ({
        entity: state.entity,
        kind: group.kind,
        row: group.row,
        ...namedBy(setter),
        ...itemIn(group),
        taker: null,
        standing: value,
        candidates,
      })),
  );
  return [...taken, ...inGroups];
});

function itemIn(group: Group): Pick<ConflictCard, 'item'> {
  const item = textOf(shown(group, FACT, 'item'));
  return item === null ? {} : { item: item as KitItem };
}

/** What a device took out of sight although nothing had replaced it: beside what stands there now, for a person. */
function takenAway(reading: Reading, state: EntityState): Open[] {
  const own = ownGroup(state);
  const kind = own?.kind ?? '';
  return unjustified(reading.replica.ops(state.entity)).map(({ killed, killer, setter }) => {
    const stands = own?.registers.get(setter);
    const left = { opId: killer, value: null };
    return {
      entity: state.entity,
      kind,
      row: null,
      ...namedBy(setter),
      taker: killer,
      standing: stands?.value ?? null,
      candidates: [
        { opId: killed, value: valueOf(reading, killed, setter) },
        ...(stands?.candidates ?? [left]),
      ],
    };
  });
}

function valueOf(reading: Reading, op: OpId, setter: Setter): Register['value'] {
  const { plain, name } = namedBy(setter);
  const facts = reading.op(op)?.header.facts ?? [];
  const said = plain
    ? facts
    : (reading.op(op)?.payload?.fields ?? []).map(({ name: of, value }) => [of, value] as const);
  return said.find(([of]) => of === name)?.[1] ?? null;
}

function namedBy(setter: string): { readonly name: string; readonly plain: boolean } {
  return { name: setter.slice(1), plain: setter.startsWith(String(FACT)) };
}

function setterOf(plain: boolean, name: string): string {
  return `${String(plain ? FACT : FIELD)}${name}`;
}

/** Returns what waits or was refused in some spaces, those in turn. */
export async function unsent(readings: readonly Reading[]): Promise<UnsentLine[]> {
  return (await Promise.all(readings.map(unsentIn))).flat();
}

async function unsentIn(reading: Reading): Promise<UnsentLine[]> {
  const { replica } = reading;
  const held = await replica.held();
  return Array.from(replica.outbox.ops.values(), (op) => {
    // It is built again by itself, once all administrators' devices have come back.
    const isRebuilt = op.code === CONFLICT;
    return {
      op: op.opId,
      kind: op.header.kind,
      at: reading.at(op.opId),
      code: isRebuilt ? null : op.code,
      held: isRebuilt || held.has(op.opId) ? waitingFor(replica, op.header) : null,
    };
  });
}

/** What an op that is held waits for: a row that is not in the log, else a key that an administrator's device has. */
function waitingFor({ reader }: Replica, { re, epoch }: Header): UnsentLine['held'] {
  const { members, firstEntries } = reader.view;
  const isOrphan = re !== null && !firstEntries.has(re) && epoch <= members.epoch;
  return isOrphan ? 'row' : 'administrator';
}
