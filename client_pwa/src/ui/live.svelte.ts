import {
  CallProblem,
  type CallName,
  type Calls,
  type DataWorker,
  type Problem,
} from '../worker/protocol.ts';
import { getWorker } from './context.ts';

/** What one `view.*` call answers, asked again whenever something changed. */
export class LiveView<Name extends CallName> {
  readonly #worker: DataWorker;
  readonly #name: Name;
  #turn = 0;
  /** The last answer stays shown until the next one is there; of somebody who was erased nothing does. */
  value: Calls[Name]['answer'] | null = $state.raw(null);
  problem: Problem | null = $state(null);

  constructor(worker: DataWorker, name: Name) {
    this.#worker = worker;
    this.#name = name;
  }

  /** Asks now and at every change, until the returned function is called. */
  follow(ask: Calls[Name]['ask']): () => void {
    const again = (): void => void this.#ask(ask);
    again();
    const stop = this.#worker.on('changed', again);
    return () => {
      stop();
      this.#turn += 1;
    };
  }

  /** Only the answer to the last question is shown. */
  async #ask(ask: Calls[Name]['ask']): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const value = await this.#worker.call(this.#name, ask);
      if (turn !== this.#turn) return;
      this.value = value;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof CallProblem)) throw error;
      if (turn !== this.#turn) return;
      this.problem = error.problem;
      if (error.problem === 'erased') this.value = null;
    }
  }
}

/** To be called while a component starts; asks anew when what `ask` reads changes. */
export function live<Name extends CallName>(
  name: Name,
  ask: () => Calls[Name]['ask'],
): LiveView<Name> {
  const view = new LiveView(getWorker(), name);
  $effect(() => view.follow(ask()));
  return view;
}
