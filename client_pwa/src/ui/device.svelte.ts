import {
  CallProblem,
  type Calls,
  type DataWorker,
  type DeviceState,
  type HealthAccess,
  type Problem,
  type SyncState,
  type WorkerLine,
} from '../worker/protocol.ts';

type DeviceCallName =
  | 'join.begin'
  | 'join.show'
  | 'join.answer'
  | 'join.compared'
  | 'join.cancel'
  | 'join.finish'
  | 'found.begin'
  | 'found.name'
  | 'found.paper'
  | 'found.cancel'
  | 'found.finish'
  | 'recover.begin'
  | 'recover.read'
  | 'recover.name'
  | 'recover.compared'
  | 'recover.back'
  | 'recover.finish'
  | 'recover.cancel'
  | 'recover.told'
  | 'vault.unlock'
  | 'vault.lock';

/** The calls by which the device goes from one state to another. */
export type DeviceCall = {
  [Name in DeviceCallName]: { readonly name: Name; readonly ask: Calls[Name]['ask'] };
}[DeviceCallName];

/** On the way in there is something to be said of the line already. */
const ENTERING: readonly DeviceState['state'][] = ['joining', 'founding', 'recovering'];

/** Whether the tablet has joined, is locked, or is open, and how its records stand with the server. */
export class Device {
  readonly #worker: DataWorker;
  readonly #opened: () => void;
  /** Null until the data worker has looked. */
  state: DeviceState | null = $state.raw(null);
  sync: SyncState | null = $state.raw(null);
  /** Why the last change of state could not be made. */
  problem: Problem | null = $state(null);

  /** `opened` is told at every opening of the vault. */
  constructor(worker: DataWorker, opened: () => void) {
    this.#worker = worker;
    this.#opened = opened;
    worker.on('device', (state) => {
      this.#become(state);
    });
    worker.on('sync', (sync) => {
      this.sync = sync;
    });
  }

  get me(): WorkerLine | null {
    return this.state?.state === 'open' ? this.state.me : null;
  }

  get administers(): boolean {
    return this.state?.state === 'open' && this.state.administers;
  }

  /** How this device stands to the association's health file. */
  get health(): HealthAccess {
    return this.state?.state === 'open' ? this.state.health : 'none';
  }

  /** Looks after what several people write. */
  get coordinates(): boolean {
    return this.me?.role === 'coordinator' || this.me?.role === 'administrator';
  }

  async start(): Promise<void> {
    this.#become(await this.#worker.call('device.state', null));
  }

  /** Answers whether it was done. */
  async ask({ name, ask }: DeviceCall): Promise<boolean> {
    this.problem = null;
    try {
      this.#become(await this.#worker.call(name, ask));
      return true;
    } catch (error) {
      if (!(error instanceof CallProblem)) throw error;
      this.problem = error.problem;
      await this.start();
      return false;
    }
  }

  /** What is shown goes at once; the keys go as soon as the data worker hears it. */
  async lock(): Promise<void> {
    this.state = null;
    this.sync = null;
    await this.ask({ name: 'vault.lock', ask: null });
  }

  #become(state: DeviceState): void {
    const opened = state.state === 'open' && this.state?.state !== 'open';
    this.state = state;
    if (state.state === 'unjoined') this.sync = null;
    if (opened) this.#opened();
    if (opened || ENTERING.includes(state.state)) void this.#readSync();
  }

  async #readSync(): Promise<void> {
    try {
      this.sync = await this.#worker.call('sync.state', null);
    } catch (error) {
      // Locked meanwhile: there is nothing to show.
      if (!(error instanceof CallProblem)) throw error;
    }
  }
}
