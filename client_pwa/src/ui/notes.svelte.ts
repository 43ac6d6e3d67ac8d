import type { Id } from '../domain/catalogue.types.ts';
import type { DataWorker } from '../worker/protocol.ts';
import { KeptAbout } from './kept-about.svelte.ts';

export type NotesOptions = {
  readonly worker: DataWorker;
  /** Says what could not be done, and then answers undefined. */
  readonly attempt: <T>(call: Promise<T>) => Promise<T | undefined>;
  /** Tells that a note was about somebody who was erased, and does no more. */
  readonly letGo: () => void;
};

type Note = { readonly person: Id; readonly text: string };

/** The notes being written of people, one of each, kept in the vault at every change. */
export class Notes {
  readonly #kept: KeptAbout<Note>;

  constructor(options: NotesOptions) {
    this.#kept = new KeptAbout({
      ...options,
      name: 'notes',
      read: (body) => JSON.parse(body) as readonly Note[],
      idsIn: ({ person }) => [person],
      without: (note, erased) => (erased.includes(note.person) ? [] : [note]),
    });
  }

  load(): Promise<void> {
    return this.#kept.load();
  }

  /** Locked: nothing of them stays in the page. */
  forget(): void {
    this.#kept.forget();
  }

  textOf(person: Id): string {
    return this.#kept.all?.find((note) => note.person === person)?.text ?? '';
  }

  /** An empty text is no note. */
  put(person: Id, text: string): void {
    const others = (this.#kept.all ?? []).filter((note) => note.person !== person);
    this.#kept.keep(text === '' ? others : [...others, { person, text }]);
  }
}
