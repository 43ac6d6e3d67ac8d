/**
 * What the page and the data worker say to each other. The page reaches nothing but through here: no key, no
 * database and no network is on its side.
 *
 * | from   | message      | meaning                                                                 |
 * |--------|--------------|-------------------------------------------------------------------------|
 * | page   | `visibility` | the app is looked at, or no longer: the server is asked only then        |
 * | page   | `call`       | one of `Calls`; answered once, by `answer` with the same number           |
 * | worker | `answer`     | what a call returned, or the code of why it could not                     |
 * | worker | `event`      | one of `Events`, unasked                                                  |
 *
 * A call that shows something (`view.*`) is asked again whenever `changed` comes. A call that saves something has
 * saved it, durably, when it is answered.
 */
import type {
  Consent,
  DeclineReason,
  DirectoryKind,
  Id,
  Need,
  Profession,
  ReferralMove,
} from '../domain/catalogue.types.ts';
import type { PaperFault } from '../vault/shares.ts';
import type { DeviceState, Returner } from './protocol/device.ts';
import type { ZoneLine, StructureLine, DirectoryLine, WrittenLine } from './protocol/directory.ts';
import type { DoubtLine } from './protocol/doubts.ts';
import type { Erasures } from './protocol/erasure.ts';
import type { HealthTeam, HealthNote } from './protocol/health.ts';
import type {
  PatrolLine,
  EncounterAmendment,
  EncounterLine,
  EncounterDraft,
  LastTime,
} from './protocol/patrols.ts';
import type {
  History,
  LikePair,
  NewPerson,
  NewRow,
  PersonLine,
  PersonRecord,
  Recognised,
  RowAmendment,
} from './protocol/people.ts';
import type { Problem } from './protocol/problem.ts';
import type { ReferralLine, ReferralRecord } from './protocol/referrals.ts';
import type {
  BagLine,
  ClosedRound,
  ItemCounts,
  NewRound,
  Opening,
  RoundReport,
} from './protocol/rounds.ts';
import type { Reachability, SyncState, UnsentLine } from './protocol/sync.ts';
import type {
  NewNotice,
  NoticeLine,
  ObservationDraft,
  ObservationLine,
} from './protocol/territory.ts';
import type {
  WorkerLine,
  CarriedCode,
  TeamLine,
  SalvageFile,
  SalvageFound,
  NewWorker,
} from './protocol/team.ts';
import type { Value, Edit, ConflictCard } from './protocol/values.ts';

export type { PaperFault };
export * from './protocol/device.ts';
export * from './protocol/directory.ts';
export * from './protocol/doubts.ts';
export * from './protocol/erasure.ts';
export * from './protocol/health.ts';
export * from './protocol/patrols.ts';
export * from './protocol/people.ts';
export * from './protocol/problem.ts';
export * from './protocol/referrals.ts';
export * from './protocol/rounds.ts';
export * from './protocol/sync.ts';
export * from './protocol/team.ts';
export * from './protocol/territory.ts';
export * from './protocol/values.ts';

export type Calls = {
  'device.state': { ask: null; answer: DeviceState };
  'join.begin': { ask: { readonly link: string }; answer: DeviceState };
  /** Draws keys and shows their code, for people to carry. */
  'join.show': { ask: null; answer: DeviceState };
  'join.answer': { ask: CarriedCode; answer: DeviceState };
  'join.compared': { ask: null; answer: DeviceState };
  'join.cancel': { ask: null; answer: DeviceState };
  'join.finish': { ask: { readonly pin: string }; answer: DeviceState };
  'found.begin': { ask: { readonly link: string }; answer: DeviceState };
  'found.name': {
    ask: { readonly name: string; readonly profession: Profession | null };
    answer: DeviceState;
  };
  'found.paper': { ask: { readonly word: string }; answer: DeviceState };
  'found.cancel': { ask: null; answer: DeviceState };
  'found.finish': { ask: { readonly pin: string }; answer: DeviceState };
  'recover.begin': { ask: null; answer: DeviceState };
  /** The 1024 words that a paper may hold, ascending. */
  'recover.list': { ask: null; answer: readonly string[] };
  /** What is wrong with one paper, or with two; null if nothing is. */
  'recover.check': {
    ask: { readonly papers: readonly (readonly string[])[] };
    answer: PaperFault | null;
  };
  'recover.read': {
    ask: { readonly papers: readonly (readonly string[])[] };
    answer: DeviceState;
  };
  'recover.name': { ask: Returner; answer: DeviceState };
  'recover.compared': { ask: null; answer: DeviceState };
  'recover.back': { ask: null; answer: DeviceState };
  'recover.finish': { ask: { readonly pin: string }; answer: DeviceState };
  'recover.cancel': { ask: null; answer: DeviceState };
  'recover.told': { ask: null; answer: DeviceState };
  'vault.unlock': { ask: { readonly pin: string }; answer: DeviceState };
  'vault.lock': { ask: null; answer: DeviceState };
  'sync.state': { ask: null; answer: SyncState };
  'sync.now': { ask: null; answer: SyncState };
  /** A person has heard that the server came back from an older copy; an administrator, that all the others came by. */
  'restore.heard': { ask: null; answer: SyncState };
  'view.unsent': { ask: null; answer: readonly UnsentLine[] };
  'view.directory': {
    ask: null;
    answer: { readonly zones: readonly ZoneLine[]; readonly structures: readonly StructureLine[] };
  };
  'view.workers': { ask: null; answer: readonly WorkerLine[] };
  'view.team': { ask: null; answer: readonly TeamLine[] };
  /** Nobody but an administrator is told of any. */
  'view.doubts': { ask: null; answer: readonly DoubtLine[] };
  'view.lines': { ask: null; answer: Readonly<Record<DirectoryKind, readonly DirectoryLine[]>> };
  /** Needs the network: what it wrote is on the server, and here, when it is answered. */
  'view.health': { ask: null; answer: HealthTeam };
  /** Founds the health file and gives its key to every health worker's device; only for administrators, once. */
  'health.open': { ask: null; answer: null };
  /** Takes the key along to a device; only where the health file is read. */
  'health.give': { ask: { readonly device: Id }; answer: null };
  /** Takes effect when it is in the log; only for administrators. */
  'health.take': { ask: { readonly device: Id }; answer: null };
  'directory.write': { ask: WrittenLine; answer: null };
  'worker.add': { ask: NewWorker; answer: { readonly id: Id } };
  'invite.create': { ask: { readonly worker: Id }; answer: null };
  /** Answers a device of this worker; one whose code was scanned is let in at once. */
  'invite.answer': { ask: CarriedCode & { readonly worker: Id }; answer: null };
  /** Looks whether a device waits for its answer; asked again and again while somebody looks at the links. */
  'invite.look': { ask: null; answer: null };
  'invite.confirm': { ask: { readonly join: string }; answer: null };
  'invite.drop': { ask: { readonly join: string }; answer: null };
  /** Takes effect when it is in the log; only for administrators, and never for the device it is asked on. */
  'device.revoke': { ask: { readonly device: Id }; answer: null };
  /** Only for a device that is retired; nothing changes there. */
  'salvage.copy': { ask: null; answer: SalvageFile };
  /** Only for administrators, and who reads the health file; what was opened is remembered for the one call that saves it. */
  'salvage.open': { ask: Uint8Array<ArrayBuffer>; answer: SalvageFound };
  'salvage.write': { ask: null; answer: { readonly written: number } };
  'view.patrol': {
    ask: null;
    answer: {
      readonly patrol: PatrolLine | null;
      readonly met: readonly PersonLine[];
      readonly often: readonly PersonLine[];
      /** Met last by anybody, wherever it was; none of the others. */
      readonly recent: readonly PersonLine[];
      readonly bag: BagLine | null;
      readonly encounters: readonly EncounterLine[];
    };
  };
  'view.people': {
    ask: { readonly query: string };
    answer: {
      /** Those whose names or sign say what was asked for, the best first; all of them without a query. */
      readonly people: readonly PersonLine[];
      /** Those who are only like it: a slip of the finger, or another spelling that sounds the same. */
      readonly alike: readonly PersonLine[];
      readonly total: number;
    };
  };
  'view.person': { ask: { readonly id: Id }; answer: PersonRecord };
  /** Who is in the bin, the last put there first. */
  'view.bin': { ask: null; answer: readonly PersonLine[] };
  'view.history': {
    ask: { readonly entity: Id; readonly kind: string; readonly name: string };
    answer: History;
  };
  /** Whose card this is; two tablets without a network may have given it to two people. */
  'view.card': { ask: { readonly code: string }; answer: readonly PersonLine[] };
  /** Encounters of the last weeks with people without a name of whom this may have been one, the last first. */
  'view.unnamed': { ask: { readonly person: Id }; answer: readonly EncounterLine[] };
  'view.encounter': { ask: { readonly row: string }; answer: EncounterLine };
  /** The last encounter in which something was given: this person's, or without one this round's; null for none. */
  'view.lastTime': {
    ask: { readonly patrol: Id; readonly person: Id | null };
    answer: LastTime | null;
  };
  'view.queue': { ask: null; answer: readonly ReferralLine[] };
  'view.referral': { ask: { readonly id: Id }; answer: ReferralRecord };
  'view.conflicts': { ask: null; answer: readonly ConflictCard[] };
  'view.duplicates': {
    ask: null;
    answer: { readonly pairs: readonly LikePair[]; readonly more: boolean };
  };
  'view.opening': { ask: null; answer: Opening };
  /** The last rounds, open ones too, newest first. */
  'view.rounds': { ask: null; answer: readonly PatrolLine[] };
  'view.report': { ask: { readonly id: Id }; answer: RoundReport };
  /** Of a round, the last first. */
  'view.observations': { ask: { readonly patrol: Id }; answer: readonly ObservationLine[] };
  'view.observation': { ask: { readonly row: string }; answer: ObservationLine };
  'observation.save': { ask: ObservationDraft; answer: { readonly row: string } };
  /** Also the used material that was picked up in it; the encounters within it stand. */
  'observation.void': { ask: { readonly row: string; readonly reason: string }; answer: null };
  /** Those that hold today first, then the last written first. */
  'view.notices': { ask: null; answer: readonly NoticeLine[] };
  /** Only for coordinators and administrators, as lifting it. */
  'notice.write': { ask: NewNotice; answer: { readonly id: Id } };
  'notice.lift': { ask: { readonly id: Id }; answer: null };
  'notice.read': { ask: { readonly id: Id }; answer: null };
  'bag.create': { ask: { readonly name: string }; answer: { readonly id: Id } };
  /** Puts more into a bag. */
  'bag.load': { ask: { readonly bag: Id; readonly items: ItemCounts }; answer: null };
  'patrol.open': { ask: NewRound; answer: { readonly id: Id } };
  'patrol.close': { ask: ClosedRound; answer: null };
  'encounter.save': { ask: EncounterDraft; answer: { readonly row: string } };
  'health.add': { ask: HealthNote; answer: null };
  'encounter.void': { ask: { readonly row: string; readonly reason: string }; answer: null };
  'encounter.amend': { ask: EncounterAmendment; answer: null };
  'person.create': { ask: NewPerson; answer: { readonly id: Id } };
  /** They are one person from now on; all that each of them has stays where it is. */
  'person.merge': { ask: { readonly ids: readonly Id[] }; answer: null };
  /** This record is nobody else's; the others stay one person. */
  'person.unmerge': { ask: { readonly id: Id }; answer: null };
  /** Nobody finds them any more, until they are put back; with all their records. */
  'person.bin': { ask: { readonly id: Id }; answer: null };
  'person.restore': { ask: { readonly id: Id }; answer: null };
  /** They were one of those without a name; what was given stays where it is. */
  'person.recognise': {
    ask: { readonly id: Id; readonly met: readonly Recognised[] };
    answer: null;
  };
  /** Draws the codes of new cards, which nobody has yet. */
  'card.draw': { ask: { readonly cards: number }; answer: readonly string[] };
  'card.give': { ask: { readonly person: Id; readonly code: string }; answer: null };
  /** For good: every record that was shown as theirs, in the health file too; only for administrators. */
  'person.erase': { ask: { readonly ids: readonly Id[] }; answer: null };
  /** Which of these people were erased. */
  'view.erased': { ask: { readonly ids: readonly Id[] }; answer: readonly Id[] };
  'view.erasures': { ask: null; answer: Erasures };
  /** Asks the server how far each device has come; only for administrators. */
  'erasures.look': { ask: null; answer: null };
  'entity.edit': { ask: Edit; answer: null };
  'conflict.resolve': { ask: { readonly card: ConflictCard; readonly value: Value }; answer: null };
  'row.add': { ask: NewRow; answer: { readonly row: string } };
  'row.amend': { ask: RowAmendment; answer: null };
  /** Counts no more, and says why; a contact only of who was counted without a name first. */
  'row.void': { ask: { readonly row: string; readonly reason: string }; answer: null };
  'referral.create': {
    ask: {
      readonly person: Id;
      readonly structure: Id;
      readonly needs: readonly Need[];
      readonly consent: Consent;
    };
    answer: { readonly id: Id };
  };
  'referral.move': {
    ask: { readonly id: Id; readonly move: ReferralMove; readonly reason: DeclineReason | null };
    answer: null;
  };
  'draft.put': { ask: { readonly name: string; readonly body: string | null }; answer: null };
  'draft.get': { ask: { readonly name: string }; answer: string | null };
};

export type CallName = keyof Calls;

export type Events = {
  readonly reachability: Reachability;
  readonly device: DeviceState;
  readonly sync: SyncState;
  readonly changed: null;
};

export type ToDataWorker =
  | { readonly type: 'visibility'; readonly visible: boolean }
  | {
      readonly type: 'call';
      readonly number: number;
      readonly name: CallName;
      readonly ask: unknown;
    };

export type FromDataWorker =
  | { readonly type: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly type: 'refusal'; readonly number: number; readonly problem: Problem }
  | {
      [Name in keyof Events]: {
        readonly type: 'event';
        readonly name: Name;
        readonly value: Events[Name];
      };
    }[keyof Events];

/** What `client.ts` gives the screens. `call` rejects with `CallProblem` and nothing else. */
export type DataWorker = {
  readonly setVisible: (visible: boolean) => void;
  readonly call: <Name extends CallName>(
    name: Name,
    ask: Calls[Name]['ask'],
  ) => Promise<Calls[Name]['answer']>;
  readonly on: <Name extends keyof Events>(
    name: Name,
    listener: (value: Events[Name]) => void,
  ) => () => void;
};
