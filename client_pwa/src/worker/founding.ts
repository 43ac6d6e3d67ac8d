/**
 * A device that founds an association, and the recovery member beside it.
 *
 * | step    | what happens                                                        | a kill here leaves            |
 * |---------|---------------------------------------------------------------------|-------------------------------|
 * | name    | keys, ids and the recovery seed are drawn; the ops are written      | nothing: the link still works |
 * | paper   | three papers are shown and confirmed; their root is that of the ops | nothing, and useless papers   |
 * | code    | outbox and set-up secret are kept, then the vault                   | nothing, or all of it         |
 * | opening | the space is opened, and the stored segment pushed until answered   | the vault goes on from here   |
 *
 * So no association is founded before its papers are confirmed, and none of which the vault is not kept; the
 * vault is put last, so that a kill before it leaves a device that has joined nothing. The seed and its shares
 * are in this worker's memory only: a kill, a cancel or the third confirmation ends them.
 */
import { type Bytes } from '../engine/bytes.ts';
import { type MemberBody } from '../engine/control.ts';
import { type Setup } from '../engine/enrolment.ts';
import {
  bytesOf,
  type EntityId,
  idOf,
  type OrgId,
  type SpaceId,
  type StreamId,
  type WorkerId,
} from '../engine/ids.ts';
import type { Identity } from '../engine/keyring.ts';
import { recoveryBody, recoveryIdentity } from '../engine/recovery.ts';
import { newReplica, type Replica } from '../engine/replica.ts';
import { EpochKey, RecoverySeed, SECRET_BYTES } from '../engine/secret.ts';
import { firstEpoch, type Moment, write, writeFounding } from '../engine/writer.ts';
import type { Profession } from '../domain/catalogue.types.ts';
import { sharesOf } from '../vault/shares.ts';
import { registry } from './catalogue.ts';
import { CallProblem, type DeviceState, type FoundingStep, type Paper } from './protocol.ts';
import { randomBytes, randomId, Refused, type Server } from './server.ts';
import { type Contents, identityOf } from './contents.ts';
import type { Session } from './session.ts';

/** The sealed record that holds the set-up secret until the space is founded. */
export const SETUP = 'setup';

type Founded = { readonly contents: Contents; readonly replica: Replica };

export class Founding {
  readonly setup: Setup;
  readonly #now: () => number;
  readonly #chance: () => number;
  #founded: Founded | null = null;
  #papers: readonly Paper[] = [];
  step: FoundingStep = 'name';

  constructor(setup: Setup, now: () => number, chance: () => number) {
    this.setup = setup;
    this.#now = now;
    this.#chance = chance;
  }

  get state(): DeviceState {
    return { state: 'founding', step: this.step, paper: this.#papers[0] ?? null };
  }

  /** Draws everything that the association begins with, and writes it down in memory. */
  async name(name: string, profession: Profession | null): Promise<void> {
    if (this.step !== 'name') return;
    if (name.trim() === '') throw new CallProblem('name_missing');
    const seed = new RecoverySeed(randomBytes(SECRET_BYTES));
    const recovery = await recoveryIdentity(seed);
    const now = this.#now();
    const moment = { local_ms: now, at_ms: now, random: randomBytes };
    const { origin } = this.setup;
    this.#founded = await found(recovery, { name: name.trim(), profession }, origin, moment);
    this.#papers = await this.#papersOf(seed, this.#founded.contents);
    this.step = 'paper';
  }

  async #papersOf(seed: RecoverySeed, { root, origin }: Contents): Promise<Paper[]> {
    const shares = await sharesOf(seed);
    return shares.map((words, at) => {
      const asked = Math.floor(this.#chance() * words.length);
      return { number: at + 1, words, asked, root, origin };
    });
  }

  /** Takes the asked word of the paper that is shown; the paper is forgotten with it. */
  confirm(word: string): void {
    const [paper, ...others] = this.#papers;
    if (paper === undefined) return;
    if (word.trim().toLowerCase() !== paper.words[paper.asked]) throw new CallProblem('word_wrong');
    this.#papers = others;
    if (others.length === 0) this.step = 'code';
  }

  /** Returns what is to be kept, once: every paper is confirmed, and the code chosen. */
  begin(): Founded {
    if (this.step !== 'code' || this.#founded === null) throw new CallProblem('refused');
    this.step = 'opening';
    return this.#founded;
  }
}

/** Writes the founding segment and the administrator's own line, unsigned and in memory. */
async function found(
  recovery: Identity,
  { name, profession }: { readonly name: string; readonly profession: Profession | null },
  origin: string,
  moment: Moment,
): Promise<Founded> {
  const signing = randomBytes(SECRET_BYTES);
  const box = randomBytes(SECRET_BYTES);
  const identity = await identityOf(signing, box);
  const [space, org, worker] = [randomId<SpaceId>(), randomId<OrgId>(), randomId<WorkerId>()];
  // The founder begins with every role, as the recovery member does.
  const founder = { ...recoveryBody(identity, org), worker };
  const bodies: [MemberBody, MemberBody] = [founder, recoveryBody(recovery, org)];
  const replica = newReplica(identity, registry(), space, null, randomId<StreamId>());
  const epoch = await firstEpoch(space, bodies, new EpochKey(randomBytes(SECRET_BYTES)));
  const root = await writeFounding(replica, bodies, epoch, moment);
  const said = { facts: { role: 'administrator', profession }, fields: { name } };
  const entity = idOf<EntityId>(bytesOf(worker));
  await write(replica, [{ intent: 'genesis', entity, kind: 'worker', ...said }], moment);
  const store = randomBytes(SECRET_BYTES);
  return { contents: { signing, box, store, space, root, origin, start: null }, replica };
}

/**
 * Opens the space with the set-up secret that this device keeps, as long as its founding has no answer.
 * Rejects with Refused when a newer link has taken this one's place.
 */
export async function openSpace(session: Session, server: Server): Promise<void> {
  const secret = await session.kept(SETUP);
  if (secret === null) return;
  if (session.member !== null) {
    await session.keep(SETUP, null);
    return;
  }
  try {
    await server.openSpace(session.contents.space, textOf(secret));
  } catch (error) {
    // The segment that founded it was ours, and its answer was lost.
    if (!(error instanceof Refused) || error.body.code !== 'space_exists') throw error;
  }
}

export function secretBytes({ secret }: Setup): Bytes {
  return new TextEncoder().encode(secret);
}

function textOf(secret: Bytes): string {
  return new TextDecoder().decode(secret);
}
