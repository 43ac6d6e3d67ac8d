/** Everything that works while a vault is open: the spaces of the device, what they show, and what is saved in them. */
import type { Bytes } from '../engine/bytes.ts';
import { ROLE_ADMIN } from '../engine/control.ts';
import { may } from '../engine/members.ts';
import type { Moment } from '../engine/writer.ts';
import type { Save, Store } from '../store/store.ts';
import * as gestures from './gestures.ts';
import { HealthFile } from './health/file.ts';
import type { HealthScene } from './health/readers.ts';
import { Invites } from './invites.ts';
import { encodeLabel } from './label.ts';
import {
  CallProblem,
  type Calls,
  ENCOUNTER_DRAFTS,
  type Events,
  OBSERVATION_DRAFT,
} from './protocol.ts';
import type { DoubtLine, EncounterDraft, Erasures, HealthAccess, WrittenLine } from './protocol.ts';
import { recoveryOf } from './recovering.ts';
import { retiredSince } from './retired.ts';
import { Salvage } from './salvage.ts';
import { askSeen, keptSeen } from './seen.ts';
import { randomBytes, Refused, type Server } from './server.ts';
import type { Scene } from './scene.ts';
import type { Timer } from './server-watch.ts';
import { Session } from './session.ts';
import { Shown } from './shown.ts';
import { Sync } from './sync.ts';
import { doubts } from './views/doubts.ts';
import { workerLine } from './views/encounters.ts';
import { erasures } from './views/erasures.ts';
import type { Reading } from './views/reading.ts';

export type OpenVaultOptions = {
  readonly store: Store;
  readonly server: Server;
  readonly now: () => number;
  readonly chance: () => number;
  readonly timer: Timer;
  readonly emit: <Name extends keyof Events>(name: Name, value: Events[Name]) => void;
  /** The device stands otherwise than before. */
  readonly stateChanged: () => Promise<void>;
};

export class OpenVault {
  readonly #options: OpenVaultOptions;
  readonly session: Session;
  readonly health: HealthFile;
  readonly sync: Sync;
  readonly invites: Invites;
  readonly salvage: Salvage;
  readonly #shown: Shown;
  #isMember: boolean;
  #access: HealthAccess;

  private constructor(
    options: OpenVaultOptions,
    session: Session,
    shown: Shown,
    health: HealthFile,
    retired: number | null,
  ) {
    this.#options = options;
    this.session = session;
    this.health = health;
    this.#shown = shown;
    const { server, now, chance, timer, emit } = options;
    this.sync = new Sync({
      session,
      health,
      server,
      retired,
      now,
      chance,
      timer,
      changed: () => void this.#changed(),
      report: (state) => {
        emit('sync', state);
      },
    });
    const roleOf = (worker: string) => workerLine(this.read(), worker).role;
    this.invites = new Invites({ session, server, now, roleOf });
    this.salvage = new Salvage(session, health);
    this.#isMember = session.member !== null;
    this.#access = health.access;
  }

  static async enter(session: Session, options: OpenVaultOptions): Promise<OpenVault> {
    const { store, server, now } = options;
    session.recovery = await recoveryOf(session);
    const shown = new Shown(session);
    shown.takeDirectory(await session.kept('directory'));
    const folds = () => shown.folds();
    const health = await HealthFile.open({ first: session, store, server, now, folds });
    shown.takeHealth(health);
    return new OpenVault(options, session, shown, health, await retiredSince(session));
  }

  read(): Reading {
    return this.#shown.read();
  }

  /** Every space of this device, also one that it does not show. */
  readings(): readonly Reading[] {
    return this.#shown.all();
  }

  view<Answer>(look: (reading: Reading, now: number) => Answer | Promise<Answer>): Promise<Answer> {
    return Promise.resolve(look(this.read(), this.#options.now()));
  }

  /** One gesture: written, saved durably in every space it is about, then shown; if anything fails, nothing of it was. */
  save<Answer>(gesture: (scene: Scene) => Promise<Answer>): Promise<Answer> {
    return this.#saveIn(this.#healthShown, gesture);
  }

  get #healthShown(): Session | null {
    return this.health.access === 'open' ? this.health.session : null;
  }

  /** The same of what was a draft: killed at any moment, it is the one or the other, never both. */
  saveDraft<Answer>(
    {
      drafts,
      name = ENCOUNTER_DRAFTS,
    }: Pick<EncounterDraft, 'drafts'> & { readonly name?: string },
    gesture: (scene: Scene) => Promise<Answer>,
  ): Promise<Answer> {
    const sealed = { [draftName(name)]: textBytes(drafts) };
    return this.#saveIn(this.#healthShown, gesture, sealed);
  }

  /** The same of a gesture that says something of the health file also where it is not read. */
  saveUnread<Answer>(gesture: (scene: Scene) => Promise<Answer>): Promise<Answer> {
    return this.#saveIn(this.health.session, gesture);
  }

  #saveIn<Answer>(
    health: Session | null,
    gesture: (scene: Scene) => Promise<Answer>,
    sealed: Save['sealed'] = {},
  ): Promise<Answer> {
    const { session } = this;
    const own = { session, sealed };
    const changed = health === null ? [own] : [own, { session: health }];
    const now = this.#options.now();
    return this.#said(
      Session.changeAll(changed, () =>
        gesture({ session, health, reading: this.#shown.readAnew(), now }),
      ),
    );
  }

  /** One gesture about who reads the health file; it saves by itself. */
  administerHealth(gesture: (scene: HealthScene, moment: Moment) => Promise<null>): Promise<null> {
    const now = this.#options.now();
    return this.#said(
      gesture(this.healthScene, { local_ms: now, at_ms: now, random: randomBytes }),
    );
  }

  get healthScene(): HealthScene {
    return { session: this.session, reading: this.read(), file: this.health };
  }

  async #said<Answer>(saving: Promise<Answer>): Promise<Answer> {
    const answer = await saving.finally(() => {
      this.#shown.forget();
    });
    this.#options.emit('changed', null);
    this.#options.emit('sync', this.sync.state);
    void this.sync.soon();
    return answer;
  }

  /** What an administrator does with an invitation; a step that found nothing to change says so by false. */
  async administer(step: (invites: Invites) => Promise<unknown>): Promise<null> {
    if ((await step(this.invites)) === false) return null;
    this.#shown.forget();
    this.#options.emit('changed', null);
    void this.sync.now();
    return null;
  }

  /** Asks the server how far each device has come. */
  async lookAtSeen(): Promise<null> {
    const { session, health } = this;
    const { server, now } = this.#options;
    await askSeen(server, session, health.session, now());
    this.#options.emit('changed', null);
    return null;
  }

  async erasures(): Promise<Erasures> {
    const health = this.health.session?.replica ?? null;
    return erasures(this.read(), health, await keptSeen(this.session));
  }

  doubts(): readonly DoubtLine[] {
    const { member } = this.session;
    if (member === null || !may(member, ROLE_ADMIN)) return [];
    return doubts(this.read(), this.health.session?.replica ?? null);
  }

  async writeSalvage(): Promise<Calls['salvage.write']['answer']> {
    const answer = await this.save(() => this.salvage.write());
    this.salvage.forget();
    return answer;
  }

  async writeLine(written: WrittenLine): Promise<null> {
    try {
      await this.#options.server.writeLine(written, this.session.identity);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 412) throw error;
      // What stands now is read before the screen asks what to do with both.
      await this.sync.now();
      throw new CallProblem('line_changed');
    }
    await this.sync.now();
    return null;
  }

  /** A person has heard that the server came back from an older copy. */
  heard(): Promise<null> {
    const { session, health } = this;
    const sessions = [session, health.session].filter((one) => one !== null);
    return this.#said(
      Session.changeAll(
        sessions.map((one) => ({ session: one })),
        () => {
          for (const { replica } of sessions) replica.restored_ms = null;
          return Promise.resolve(null);
        },
      ),
    );
  }

  /** Keeps what the locked screen shows. */
  async keepLabel(): Promise<void> {
    const { session } = this;
    const reading = this.read();
    const { name, profession } = workerLine(reading, session.worker ?? '');
    const patrol = gestures.roundLabel({ session, reading });
    const drafts = [ENCOUNTER_DRAFTS, OBSERVATION_DRAFT].map((name) => this.getDraft(name));
    const draft = (await Promise.all(drafts)).some((body) => body !== null);
    const { unsent, retired: since } = this.sync.state;
    const retired = since !== null;
    await session.label(encodeLabel({ name, profession, unsent, draft, patrol, retired }));
  }

  async putDraft(name: string, body: string | null): Promise<null> {
    await this.session.keep(draftName(name), textBytes(body));
    return null;
  }

  async getDraft(name: string): Promise<string | null> {
    const bytes = await this.session.kept(draftName(name));
    return bytes === null ? null : new TextDecoder().decode(bytes);
  }

  async #changed(): Promise<void> {
    this.#shown.forget();
    this.#shown.takeDirectory(await this.session.kept('directory'));
    this.#options.emit('changed', null);
    await this.#enterAsMember();
    const { access } = this.health;
    if (access === this.#access) return;
    this.#access = access;
    if (this.#isMember) await this.#options.stateChanged();
  }

  /** The log says for the first time that this device is a member. */
  async #enterAsMember(): Promise<void> {
    const { session } = this;
    if (this.#isMember || session.member === null || session.recovery === 'waits') return;
    this.#isMember = true;
    await this.keepLabel();
    await this.#options.stateChanged();
  }
}

function draftName(name: string): string {
  return `draft/${name}`;
}

function textBytes(text: string | null): Bytes | null {
  return text === null ? null : new TextEncoder().encode(text);
}
