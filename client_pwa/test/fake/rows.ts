/** What the data worker that keeps everything in memory has of people by itself: requests, procedures, tasks, notes. */
import { DAY_MS, dayAt } from '../../src/domain/day.ts';
import type {
  Day,
  Id,
  Instant,
  Need,
  Procedure,
  Status,
} from '../../src/domain/catalogue.types.ts';
import {
  CallProblem,
  type Mark,
  type NewRow,
  type NoteLine,
  type PersonRecord,
  type PursuitLine,
  type RowAmendment,
  type TaskLine,
  type TimelineItem,
  type Values,
  type WrittenKind,
} from '../../src/worker/protocol.ts';
import { newId, workers } from './seed.ts';

type FakeRow = {
  readonly row: string;
  readonly person: Id;
  readonly kind: WrittenKind;
  readonly values: Values;
  readonly at: Instant;
  readonly author: string;
  readonly mark: Mark;
};

/** A row of a kind says at least this. */
const contentByKind = { request: 'need', procedure: 'type', task: 'text', note: 'text' } as const;

export class FakeRows {
  readonly #now: () => Instant;
  readonly #me: string;
  #all: FakeRow[] = [];

  constructor(now: () => Instant, me: string) {
    this.#now = now;
    this.#me = me;
  }

  add({ person, kind, values }: NewRow): string {
    if (!values[contentByKind[kind]]) throw new CallProblem('refused');
    const today = dayAt(this.#now());
    const isPursued = kind === 'request' || kind === 'procedure';
    const said = isPursued ? { opened: today, status: 'open', ...values } : values;
    return this.#put({ person, kind, values: said, at: this.#now(), author: this.#me });
  }

  amend({ row, values }: RowAmendment): WrittenKind {
    const found = this.#find(row);
    const { status } = values;
    const closed = status === 'open' ? null : dayAt(this.#now());
    const said = status === undefined ? values : { closed, ...values };
    const amended = { ...found, values: { ...found.values, ...said }, mark: 'tablet' as const };
    this.#all = this.#all.map((one) => (one === found ? amended : one));
    return found.kind;
  }

  takeBack(row: string): WrittenKind {
    const found = this.#find(row);
    this.#all = this.#all.filter((one) => one !== found);
    return found.kind;
  }

  has(row: string): boolean {
    return this.#all.some((one) => one.row === row);
  }

  /** How somebody is followed, as it was written over the last weeks. */
  seed(person: Id): void {
    const ago = (days: number): Instant => this.#now() - days * DAY_MS;
    const put = (days: number, author: string, kind: WrittenKind, values: Values): string =>
      this.#put({ person, kind, values, at: ago(days), author }, 'seen');
    const opened = (days: number): Values => ({ opened: dayAt(ago(days)), status: 'open' });
    put(8, 'Awa', 'request', { need: 'shelter', ...opened(8) });
    put(20, 'Bruno', 'procedure', {
      type: 'identity_papers',
      note: '2 pièces sur 3, il manque la photo',
      ...opened(20),
    });
    put(74, 'Bruno', 'procedure', {
      type: 'health_cover',
      opened: dayAt(ago(74)),
      closed: dayAt(ago(39)),
      status: 'obtained',
    });
    put(7, 'Awa', 'note', { text: 'A retrouvé sa sœur à Lille, voudrait l’appeler dimanche.' });
    const [awa, , bruno] = workers;
    put(9, 'Inès', 'task', { text: 'Rapporter un duvet', due: dayAt(ago(2)), urgent: true });
    put(3, 'Awa', 'task', {
      text: 'Appeler sa sœur, à Lille',
      due: dayAt(ago(0)),
      ...(awa && bruno ? { [`whom/${awa.id}`]: true, [`whom/${bruno.id}`]: true } : {}),
    });
    put(30, 'Bruno', 'task', { text: 'Prendre rendez-vous à la mairie', done: dayAt(ago(21)) });
  }

  requests(person: Id): readonly PursuitLine<Need>[] {
    return this.#of(person, 'request').map((row) => pursuitOf(row, row.values['need'] as Need));
  }

  procedures(person: Id): readonly PursuitLine<Procedure>[] {
    return this.#of(person, 'procedure').map((row) =>
      pursuitOf(row, row.values['type'] as Procedure),
    );
  }

  tasks(person: Id): readonly TaskLine[] {
    return this.#of(person, 'task')
      .map(taskOf)
      .sort(
        (a, b) =>
          Number(a.done !== null) - Number(b.done !== null) ||
          Number(b.urgent) - Number(a.urgent) ||
          (a.due ?? Infinity) - (b.due ?? Infinity),
      );
  }

  timeline(person: Id): readonly TimelineItem[] {
    return [
      ...this.requests(person).map((pursuit) => ({
        type: 'request' as const,
        pursuit,
        at: pursuit.at,
      })),
      ...this.procedures(person).map((pursuit) => ({
        type: 'procedure' as const,
        pursuit,
        at: pursuit.at,
      })),
      ...this.tasks(person).map((task) => ({ type: 'task' as const, task, at: task.at })),
      ...this.#of(person, 'note')
        .map(noteOf)
        .map((note) => ({ type: 'note' as const, note, at: note.at })),
    ];
  }

  /** What was asked for since a moment, by whom. */
  since(start: Instant): readonly { row: string; need: Need; person: Id }[] {
    return this.#all
      .filter(({ kind, at }) => kind === 'request' && at >= start)
      .map(({ row, person, values }) => ({ row, person, need: values['need'] as Need }));
  }

  written(person: Id): Pick<PersonRecord, 'requests' | 'procedures' | 'tasks'> {
    return {
      requests: this.requests(person),
      procedures: this.procedures(person),
      tasks: this.tasks(person),
    };
  }

  #of(person: Id, kind: WrittenKind): readonly FakeRow[] {
    return this.#all.filter((one) => one.person === person && one.kind === kind);
  }

  #find(row: string): FakeRow {
    const found = this.#all.find((one) => one.row === row);
    if (!found) throw new CallProblem('not_found');
    return found;
  }

  #put(said: Omit<FakeRow, 'row' | 'mark'>, mark: Mark = 'tablet'): string {
    const row = newId();
    this.#all.unshift({ ...said, row, mark });
    return row;
  }
}

const textIn = (values: Values, name: string): string | null =>
  (values[name] as string | undefined) ?? null;
const dayIn = (values: Values, name: string): Day | null =>
  (values[name] as Day | null | undefined) ?? null;

function pursuitOf<What extends Need | Procedure>(
  { row, values, at, author, mark }: FakeRow,
  what: What,
): PursuitLine<What> {
  return {
    row,
    what,
    status: textIn(values, 'status') as Status | null,
    opened: dayIn(values, 'opened'),
    closed: dayIn(values, 'closed'),
    note: textIn(values, 'note'),
    at,
    author,
    mark,
  };
}

function taskOf({ row, values, at, author, mark }: FakeRow): TaskLine {
  return {
    row,
    text: textIn(values, 'text') ?? '',
    urgent: values['urgent'] === true,
    due: dayIn(values, 'due'),
    done: dayIn(values, 'done'),
    whom: workers.filter(({ id }) => values[`whom/${id}`] === true),
    at,
    author,
    mark,
  };
}

function noteOf({ row, values, at, author, mark }: FakeRow): NoteLine {
  return { row, text: textIn(values, 'text') ?? '', at, author, mark };
}
