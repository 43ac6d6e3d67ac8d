/** What the data worker that keeps everything in memory has of notices. */
import { DAY_MS, dayAt } from '../../src/domain/day.ts';
import type { Id, Instant } from '../../src/domain/catalogue.types.ts';
import {
  CallProblem,
  type NewNotice,
  type NoticeLine,
  type WorkerLine,
} from '../../src/worker/protocol.ts';
import { newId, workers, zones } from './seed.ts';

const LONG =
  'Crack coupé vendu depuis hier autour de la station : malaises après la première bouffée. ';
const LONG_TIMES = 20;

export class FakeNotices {
  readonly #now: () => Instant;
  readonly #me: WorkerLine;
  #all: NoticeLine[] = [];

  /** `asked` is `some`, `long`, or null for none. */
  constructor(now: () => Instant, me: WorkerLine, asked: string | null) {
    this.#now = now;
    this.#me = me;
    if (asked === null) return;
    const today = dayAt(now());
    const text = asked === 'long' ? LONG.repeat(LONG_TIMES) : LONG;
    const zone = zones[0]?.id ?? null;
    this.#put({ type: 'evacuation', zone, until: today - 4, text: 'Square fermé.' }, 9);
    this.#put({ type: 'cold', zone: null, until: today + 2, text: 'Moins six cette nuit.' }, 1);
    this.#put({ type: 'bad_batch', zone, until: null, text: text.trim() }, 0);
    const [line] = this.#all.filter(({ type }) => type === 'cold');
    if (line && asked !== 'long') this.read(line.id);
  }

  get lines(): readonly NoticeLine[] {
    const today = dayAt(this.#now());
    return this.#all
      .map((line) => ({
        ...line,
        over: line.over || (line.until !== null && line.until < today),
        read: line.readers.some(({ worker }) => worker === this.#me.id),
      }))
      .sort((a, b) => Number(a.over) - Number(b.over) || b.at - a.at);
  }

  write(ask: NewNotice): Id {
    if (!['coordinator', 'administrator'].includes(this.#me.role ?? '') || ask.text.trim() === '') {
      throw new CallProblem('refused');
    }
    const id = this.#put(ask, 0, this.#me);
    this.read(id);
    return id;
  }

  lift(id: Id): void {
    this.#all = this.#all.map((line) => (line.id === id ? { ...line, over: true } : line));
  }

  read(id: Id): void {
    const { id: worker, name } = this.#me;
    const reader = { worker, name, at: this.#now() };
    this.#all = this.#all.map((line) =>
      line.id === id && !line.readers.some((one) => one.worker === worker)
        ? { ...line, readers: [...line.readers, reader] }
        : line,
    );
  }

  #put({ zone, ...said }: NewNotice, days: number, by = workers[2]): Id {
    const at = this.#now() - days * DAY_MS;
    const id = newId();
    this.#all.push({
      ...said,
      id,
      zone: zones.find((one) => one.id === zone) ?? null,
      day: dayAt(at),
      author: by?.name ?? '',
      at,
      mark: days === 0 ? 'tablet' : 'seen',
      over: false,
      readers: by && by !== this.#me ? [{ worker: by.id, name: by.name, at }] : [],
      read: false,
    });
    return id;
  }
}
