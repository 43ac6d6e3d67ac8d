/** The victim: what becomes of it when it meets the steps of an attack, and what it shows afterwards. */
import { type Bytes, hash, toHex } from '../../../src/engine/bytes.ts';
import { checkpointOf } from '../../../src/engine/checkpoint.ts';
import { linksOf } from '../../../src/engine/duplicates.ts';
import { IntegrityFailure } from '../../../src/engine/errors.ts';
import { foldBytes, type Group, type Register } from '../../../src/engine/fold.ts';
import { bytesOf as bytesOfId, type Digest, type EntityId, idOf } from '../../../src/engine/ids.ts';
import { FACT, FIELD, type Setter, unjustified } from '../../../src/engine/liveness.ts';
import { decodeReceipt } from '../../../src/engine/log.ts';
import { type Applied, type Replica } from '../../../src/engine/replica.ts';
import { stepBack } from '../../../src/engine/restore.ts';
import { rulingsBytes } from '../../../src/engine/rulings.ts';
import { Start } from '../../../src/engine/start.ts';
import { decodeReplica } from '../../../src/engine/stored.ts';
import { REGISTRY, replica, SAMIR, SPACE, START_MS, stream } from '../kit.ts';
import { answer, FILE, type Refused, type Step, type Wish } from './file.ts';

const NAMESPACES: Readonly<Record<string, typeof FACT | typeof FIELD>> = {
  fact: FACT,
  field: FIELD,
};
export const ENTITIES = FILE.entities as readonly EntityId[];
const CURSOR_BYTES = 8;

/** A replica, and what it was told while it met some steps. */
export class Victim {
  replica: Replica;
  /** The verdicts of the void ops that it read. */
  readonly void = new Set<string>();
  /** The epochs of which a key failed. */
  failed: ReadonlySet<number> = new Set();
  /** The check that stopped it, if one did. */
  stopped: string | null = null;
  /** What else stopped it, which nothing should. */
  broken: unknown = null;

  constructor(replica: Replica) {
    this.replica = replica;
  }

  /** Meets some steps, until one of them stops it. */
  async meet(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      try {
        await this.#meet(step);
      } catch (error) {
        if (error instanceof IntegrityFailure) this.stopped = error.reason;
        else this.broken = error;
        return;
      }
    }
  }

  async #meet([kind, data]: Step): Promise<void> {
    if (typeof data === 'number') {
      this.replica = await stepBack(this.replica, data, stream(data), START_MS);
      return;
    }
    const bytes = answer(data);
    switch (kind) {
      case 'begin':
        this.#begin(bytes);
        return;
      case 'page':
        this.#applied(await this.replica.applyPage(bytes, START_MS));
        return;
      case 'start':
        await this.replica.applyStart(bytes);
        return;
      case 'proof':
        this.#applied(await this.replica.finishStart(bytes, START_MS));
        return;
      case 'receipt':
        await this.replica.push();
        if (!this.replica.accept(decodeReceipt(bytes), START_MS))
          throw new Error('No receipt was due.');
        return;
      default:
        throw new Error(`There is no step ${kind}.`);
    }
  }

  #begin(told: Bytes): void {
    const cursor = Number(new DataView(told.buffer).getBigUint64(0));
    const start = new Start(SPACE, cursor, idOf<Digest>(told.subarray(CURSOR_BYTES)));
    this.replica = replica(SAMIR, this.replica.reader.root, 7, start);
  }

  #applied({ void: isVoid, failedEpochs }: Applied): void {
    for (const entry of isVoid) this.void.add(entry.void ?? '');
    this.failed = failedEpochs;
  }

  /** How what it met has ended; null if nothing was refused. */
  refusal(): Refused | null {
    if (this.stopped !== null) return { integrity: this.stopped };
    if (this.void.size > 0) return { void: [...this.void].sort().join(' ') };
    if (this.replica.waiting.size > 0) return { waits: 'payload' };
    const alarms = {
      epoch_key: this.failed.size > 0,
      unjustified_kill: ENTITIES.some((each) => unjustified(this.replica.ops(each)).length > 0),
      restored: this.replica.restored_ms !== null && this.replica.lost.size > 0,
    };
    const told = Object.entries(alarms).filter(([, isTold]) => isTold);
    if (told.length > 0) return { alarm: told.map(([name]) => name).join(' ') };
    return this.replica.outbox.inState('acknowledged').length > 0 ? { kept: 'outbox' } : null;
  }

  /** Tells whether it shows or holds something. */
  shows([kind, ...told]: Wish): boolean {
    const { view } = this.replica.reader;
    const [first, name = '', value = null] = told;
    const of = String(first);
    const member = [...view.members.byDevice.values()].find(({ device }) => device === of);
    switch (kind) {
      case 'stands':
        return view.cursor === first;
      case 'value':
        return this.#register(of, String(name))?.value === value;
      case 'author': {
        const winner = this.#register(of, String(name))?.winner;
        return winner !== undefined && view.firstEntries.get(winner)?.header?.device === value;
      }
      case 'gone':
        return this.#register(of, String(name)) === undefined;
      case 'rows':
        return this.#groups(of).filter(({ row, counts }) => row !== null && counts).length === name;
      case 'member':
        return member?.roles === name;
      case 'box':
        return member !== undefined && member.xPk !== null && toHex(member.xPk) === name;
      case 'key': {
        const key = this.replica.keyring.epochKeys.get(Number(first));
        return key !== undefined && toHex(key.reveal()) === name;
      }
      case 'erased':
        return this.replica.isErased(of as EntityId);
      case 'rules':
        return view.members.rulesVersion === first;
      case 'ruled': {
        const states = [...this.replica.rulings.states].filter(([target]) => target.includes(of));
        return states.map(([, { state }]) => state).join() === name;
      }
      case 'linked':
        return this.#links().includes(`${of} ${String(name)}`);
      case 'unsent':
        return this.replica.outbox.ops.size === first;
      case 'broken':
        return this.broken !== null;
      case 'epoch':
        return view.members.epoch === first;
      case 'later':
        return this.replica.hlc.ms >= Number(first);
      case 'taken':
        return this.stopped === null;
      case 'untold':
        return this.refusal() === null;
      case 'waiting':
        return this.replica.waiting.size === first;
      default:
        throw new Error(`There is no wish ${String(kind)}.`);
    }
  }

  /** What it shows of the log, as every honest replica of it must. */
  digest(): string {
    const { reader, rulings } = this.replica;
    const folds = ENTITIES.map((each) => this.#fold(each));
    return toHex(hash(...folds, rulingsBytes(rulings), bytesOfId(checkpointOf(reader.view))));
  }

  /** What it shows of each entity. */
  folds(): string[] {
    return ENTITIES.map((each) => toHex(this.#fold(each)));
  }

  /** The names of its own unsent ops. */
  unsent(): string[] {
    return [...this.replica.outbox.ops.keys()];
  }

  #fold(each: EntityId): Bytes {
    const state = this.replica.state(each);
    return state === null ? new Uint8Array() : foldBytes(state);
  }

  #links(): string[] {
    const states = ENTITIES.map((each) => this.replica.state(each)).filter((one) => one !== null);
    return states.flatMap((state) => linksOf(state).map((link) => link.join(' ')));
  }

  #groups(of: string): readonly Group[] {
    return this.replica.state(of as EntityId)?.groups ?? [];
  }

  /** A register of the entity's own group, or of whichever row has it, by `fact:name` or `field:name`. */
  #register(of: string, name: string): Register | undefined {
    const [space = '', ...bare] = name.split(':');
    const setter: Setter = `${NAMESPACES[space] ?? FACT}${bare.join(':')}`;
    const found = this.#groups(of).map(({ registers }) => registers.get(setter));
    return found.find((register) => register !== undefined);
  }
}

/** Returns the victim from what its device keeps. */
export async function awake(stored: Bytes): Promise<Victim> {
  return new Victim(await decodeReplica(stored, SAMIR, REGISTRY));
}
