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
  Gender,
  Id,
  Instant,
  KitItem,
  Need,
  PatrolType,
  Profession,
  ReferralMove,
  ReferralState,
  Status,
  StructureType,
  WorkerRole,
} from '../domain/catalogue.types.ts';
import type { PaperFault } from '../vault/shares.ts';

export type { PaperFault };

/** `unknown` until the first attempt ends: the browser's own opinion is not asked. */
export type Reachability =
  | { readonly state: 'unknown' }
  | { readonly state: 'reached'; readonly serverVersion: string | null }
  | { readonly state: 'unreached' };

/** Where a record is: on this tablet, on the server, seen by a coordinator, or set aside by a refusal; `lost` is another device's that the server has no longer. */
export type Mark = 'tablet' | 'server' | 'seen' | 'aside' | 'lost';

/** Why a call could not do what it was asked; the screens switch on it exhaustively. */
export type Problem =
  | 'link_unreadable'
  | 'link_other_server'
  | 'link_expired'
  | 'link_used'
  | 'code_unreadable'
  | 'code_is_request'
  | 'code_is_answer'
  | 'code_of_another'
  | 'code_used'
  | 'setup_refused'
  | 'name_missing'
  | 'word_wrong'
  | 'papers_wrong'
  | 'papers_unknown'
  | 'papers_retired'
  | 'log_dishonest'
  | 'server_unreached'
  | 'pin_wrong'
  | 'pin_too_short'
  | 'too_early'
  | 'locked'
  | 'storage_full'
  | 'not_found'
  | 'refused'
  | 'too_long'
  | 'line_changed'
  | 'line_refused'
  | 'copy_unreadable'
  | 'copy_foreign'
  | 'copy_of_member'
  | 'copy_nothing_new';

// ── The device ──

export type DeviceState =
  | { readonly state: 'unjoined' }
  | JoinState
  | { readonly state: 'founding'; readonly step: FoundingStep; readonly paper: Paper | null }
  | ({ readonly state: 'recovering' } & Recovery)
  | ({ readonly state: 'locked' } & LockLabel)
  | {
      readonly state: 'open';
      readonly me: WorkerLine;
      readonly administers: boolean;
      /** It came in with the papers, and its person has not been told yet what to do next. */
      readonly returned: boolean;
    };

/** `code` is what the device shows while people carry its codes; null by a link, and once the app was closed. */
export type JoinState = {
  readonly state: 'joining';
  readonly step: JoinStep;
  readonly letters: string | null;
  readonly code: string | null;
};

/**
 * `waiting` for the administrator's answer; `compare` the letters by voice; then a code is chosen; then `loading`,
 * until the log says that this device is a member.
 */
export type JoinStep = 'waiting' | 'compare' | 'code' | 'loading';

/** One's name; three papers; then a code is chosen; `opening` until the server has the founding segment. */
export type FoundingStep = 'name' | 'paper' | 'code' | 'opening';

/** One share of the recovery seed: it is in no store, and leaves the data worker for the screen only. */
export type Paper = {
  readonly number: number;
  readonly words: readonly string[];
  /** Which word is asked for before the next paper: an index from 0. */
  readonly asked: number;
  readonly root: string;
  readonly origin: string;
};

/**
 * Two papers are typed; the whole log is read; who the person is; the log's root is compared with a paper; then a code
 * is chosen; `opening` until the log says that this device is a member.
 */
export type RecoveringStep = 'papers' | 'reading' | 'who' | 'root' | 'code' | 'opening';

/** Papers and their seed are never in it: the screen that typed them has them, and the data worker. */
export type Recovery = {
  readonly step: RecoveringStep;
  /** Ops read so far. */
  readonly read: number;
  /** When the server took the last of them, by the log's own time: nothing proves that none came after. */
  readonly last: Instant;
  /** The workers whom the log knows; only at `who`. */
  readonly people: readonly WorkerLine[];
  /** What must stand on the paper too; only at `root`. */
  readonly root: string | null;
};

/** Who comes back: a worker of the log, or somebody new if it is null. */
export type Returner = {
  readonly worker: Id | null;
  readonly name: string;
  readonly profession: Profession | null;
};

/** What a locked tablet may show: kept sealed under the browser's own key. */
export type LockLabel = {
  readonly name: string;
  readonly profession: Profession | null;
  readonly unsent: number;
  readonly draft: boolean;
  readonly patrol: { readonly zone: string; readonly since: Instant } | null;
  /** The device is a member no longer: what it could not send stays. */
  readonly retired: boolean;
  /** No attempt is taken before this instant. */
  readonly retryAt: Instant | null;
};

export type SyncState = {
  readonly unsent: number;
  readonly aside: number;
  readonly lastReached: Instant | null;
  readonly nextTry: Instant | null;
  /** Ops read so far while the log is loaded for the first time. */
  readonly loading: number | null;
  /** An integrity failure: the worker goes on locally and tells somebody. */
  readonly alarm: string | null;
  /** The set-up link no longer opens the space: the server has a newer one. */
  readonly setupRefused: boolean;
  /** What was signed with the papers was refused for good: it takes the papers again, and nothing is lost. */
  readonly recoveryRefused: boolean;
  /** Since when this device knows that it is a member no longer; what it could not send stays here. */
  readonly retired: Instant | null;
  /**
   * The server came back from an older copy, and nobody here has said that they heard: how many records of this device
   * go out again, and how many of other devices are only here.
   */
  readonly restored: { readonly own: number; readonly others: number } | null;
};

// ── What is shown ──

export type WorkerLine = {
  readonly id: Id;
  readonly name: string;
  readonly role: WorkerRole | null;
  readonly profession: Profession | null;
};

/** A device that is or was a member; its id is public. */
export type DeviceLine = {
  readonly id: Id;
  readonly here: boolean;
  readonly administers: boolean;
  readonly joined: Instant | null;
  /** The last time that the log took something of it. */
  readonly wrote: Instant | null;
  /** `waiting`: said on this device, and not yet in the log. */
  readonly retired: 'waiting' | 'done' | null;
};

/** An invitation that waits; `letters` are those of the administrator's tick, or, once `given`, of the other's. */
export type InviteLine = {
  readonly join: string;
  readonly worker: Id;
  readonly expires: Instant;
} & (
  | { readonly way: 'link'; readonly link: string; readonly letters: string | null }
  | {
      readonly way: 'hand';
      readonly answer: string;
      readonly letters: string;
      /** The device was filmed: it is let in already, and needs its answer only. */
      readonly given: boolean;
    }
);

/** A code that somebody carried here: read by this device's camera, or pasted. */
export type CarriedCode = { readonly code: string; readonly scanned: boolean };

export type TeamLine = {
  readonly worker: WorkerLine;
  readonly devices: readonly DeviceLine[];
  readonly invites: readonly InviteLine[];
};

/** What a retired device could not send: sealed, and only an administrator's device of the association opens it. */
export type SalvageFile = { readonly bytes: Uint8Array<ArrayBuffer>; readonly records: number };

/** What is in such a file: how many records are new here, are here already, or do not open on this device. */
export type SalvageFound = {
  readonly device: Id;
  readonly worker: WorkerLine;
  readonly records: number;
  readonly known: number;
  readonly closed: number;
};

export type ZoneLine = { readonly id: Id; readonly name: string };
export type StructureLine = {
  readonly id: Id;
  readonly name: string;
  readonly type: StructureType | null;
  readonly zone: Id | null;
  readonly hours: string | null;
  readonly decideHours: number | null;
};

/** A value as written: a text, a code, a number, a yes, an id. */
export type Value = string | number | boolean | null;

/** One value that stands, who wrote it and when it happened. */
export type Candidate = {
  readonly value: Value;
  readonly author: string;
  readonly at: Instant;
  readonly mark: Mark;
};

/** What a name shows; more than one candidate with differing values is a conflict. */
export type FieldView = {
  readonly value: Value;
  readonly candidates: readonly Candidate[];
  readonly conflict: boolean;
  /** Of high stakes and not yet decided: the stricter value shows meanwhile. */
  readonly undecided: boolean;
  /** What other records of the same person say otherwise. */
  readonly also: readonly Candidate[];
};

/** Values by name as stored: `description`, `alias/9f2c01aa`, `age_band`; plain and sealed names never meet. */
export type FieldViews = Readonly<Record<string, FieldView>>;

export type PersonLine = {
  readonly id: Id;
  /** The first alias, else the description, else empty. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly sign: string | null;
  readonly lastMet: Instant | null;
  readonly mark: Mark;
  readonly conflict: boolean;
  readonly openRequests: number;
  readonly referral: ReferralState | null;
  /** How many records were declared to be theirs; one, unless somebody did. */
  readonly records: number;
};

export type PatrolLine = {
  readonly id: Id;
  readonly zone: ZoneLine | null;
  readonly type: PatrolType | null;
  readonly start: Instant;
  readonly end: Instant | null;
  readonly crew: readonly WorkerLine[];
  readonly encounters: number;
  readonly people: number;
  readonly mark: Mark;
};

export type EncounterLine = {
  /** The encounter's op id, by which it is amended. */
  readonly row: string;
  readonly patrol: Id;
  readonly at: Instant;
  readonly author: string;
  readonly zone: ZoneLine | null;
  readonly people: readonly { readonly id: Id; readonly name: string; readonly contact: string }[];
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  readonly items: readonly ItemLine[];
  /** What was noted about the place; a note about a person stands on their record. */
  readonly note: string | null;
  readonly mark: Mark;
  readonly void: boolean;
  readonly amended: boolean;
};

export type ItemLine = {
  readonly row: string;
  readonly item: KitItem;
  readonly count: number;
  readonly reason: string | null;
};

export type RequestLine = {
  readonly row: string;
  readonly need: Need | null;
  readonly status: Status | null;
  readonly at: Instant;
  readonly author: string;
  readonly mark: Mark;
};

/** One thing that happened with a person, newest first. */
export type TimelineItem =
  | {
      readonly type: 'contact';
      readonly row: string;
      readonly at: Instant;
      readonly author: string;
      readonly note: string | null;
      readonly fields: FieldViews;
      readonly encounter: EncounterLine | null;
      readonly mark: Mark;
      readonly void: boolean;
    }
  | { readonly type: 'request'; readonly request: RequestLine; readonly at: Instant }
  | { readonly type: 'referral'; readonly referral: ReferralLine; readonly at: Instant };

/** Who said that two records are of one person, and when. */
export type Joining = { readonly author: string; readonly at: Instant; readonly mark: Mark };

/** One of the records of a person who has several. */
export type RecordLine = {
  readonly id: Id;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly sign: string | null;
  readonly lastMet: Instant | null;
  readonly joined: Joining | null;
};

export type PersonRecord = {
  readonly line: PersonLine;
  readonly fields: FieldViews;
  /** The records that were declared to be one person's, the one that names them first; empty if there is one. */
  readonly records: readonly RecordLine[];
  readonly requests: readonly RequestLine[];
  readonly timeline: readonly TimelineItem[];
};

export type ReferralLine = {
  readonly id: Id;
  readonly person: { readonly id: Id; readonly name: string } | null;
  readonly structure: StructureLine | null;
  readonly needs: readonly Need[];
  readonly state: ReferralState;
  readonly since: Instant;
  readonly sentAt: Instant | null;
  readonly decideUntil: Instant | null;
  readonly author: string;
  readonly claimedBy: string | null;
  readonly consent: Consent | null;
  /** Two answers stand: `consent` is the stricter. */
  readonly consentUndecided: boolean;
  readonly mark: Mark;
};

export type ReferralRecord = {
  readonly line: ReferralLine;
  /** The note of the contact in whose encounter it was made. */
  readonly note: string | null;
  readonly moves: readonly MoveLine[];
  /** The moves that the state allows now. */
  readonly offers: readonly ReferralMove[];
};

/** `request`: without a place in the log yet; `pending`: made against a state that had moved on. */
export type MoveLine = {
  readonly row: string;
  readonly move: ReferralMove;
  readonly at: Instant;
  readonly author: string;
  readonly ruling: 'request' | 'applied' | 'merged' | 'pending';
  readonly reason: DeclineReason | null;
  readonly mark: Mark;
};

export type ConflictCard = {
  readonly entity: Id;
  readonly kind: string;
  /** The amended row, or null for the entity's own fields. */
  readonly row: string | null;
  readonly name: string;
  readonly plain: boolean;
  readonly title: string;
  /** Which record it is, if it is one of several of a person. */
  readonly record: string | null;
  /** Who took the first value away without anything in its place; null for values written side by side. */
  readonly taker: string | null;
  /** What shows until it is settled, and whether that is so because it is the stricter. */
  readonly stands: Value;
  readonly undecided: boolean;
  readonly candidates: readonly Candidate[];
};

/** Two people whose names are alike: as they are written, as they sound, or but for a slip of the finger. */
export type LikePair = {
  readonly people: readonly [PersonLine, PersonLine];
  readonly like: 'written' | 'sound' | 'slip';
};

export type UnsentLine = {
  readonly op: string;
  readonly kind: string;
  readonly at: Instant;
  readonly code: string | null;
  /** What it waits for, which a restored server has lost: the row that it corrects, or an administrator's device. */
  readonly held: 'row' | 'administrator' | null;
};

// ── What is asked and saved ──

/** The draft that holds every encounter being written; the locked screen says whether there is one. */
export const ENCOUNTER_DRAFTS = 'encounters';

/** Values by their name in the catalogue, which knows the plain ones from the sealed. */
export type Values = Readonly<Record<string, Value>>;

/** A line of the directory as it stands; `version` is what a correction replaces. */
export type DirectoryLine = {
  readonly id: Id;
  readonly version: number;
  readonly values: Values;
};

/** One line as it is to be written; version 0 is a new one, whose id stays the same when it is tried again. */
export type WrittenLine = DirectoryLine & { readonly kind: DirectoryKind };

export type NewWorker = {
  readonly name: string;
  readonly role: WorkerRole;
  readonly profession: Profession | null;
};

export type NewPerson = { readonly alias: string; readonly sign?: string };

export type EncounterDraft = {
  readonly patrol: Id;
  readonly people: readonly ({ readonly id: Id } | NewPerson)[];
  readonly anonymous: Readonly<Partial<Record<Gender, number>>>;
  readonly items: Readonly<Partial<Record<KitItem, number>>>;
  readonly needs: readonly Need[];
  readonly note: string;
  /** What else is said of each contact, the care given among it. */
  readonly contact: Values;
  /** Needs the consent of the one person met. */
  readonly referral: {
    readonly structure: Id;
    readonly needs: readonly Need[];
    readonly consent: Consent;
  } | null;
};

export type Edit = {
  readonly entity: Id;
  readonly kind: string;
  readonly facts: Readonly<Record<string, Value>>;
  readonly fields: Readonly<Record<string, Value>>;
};

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
  'view.lines': { ask: null; answer: Readonly<Record<DirectoryKind, readonly DirectoryLine[]>> };
  /** Needs the network: what it wrote is on the server, and here, when it is answered. */
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
  /** Only for administrators; what was opened is remembered for the one call that saves it. */
  'salvage.open': { ask: Uint8Array<ArrayBuffer>; answer: SalvageFound };
  'salvage.write': { ask: null; answer: { readonly written: number } };
  'view.patrol': {
    ask: null;
    answer: {
      readonly patrol: PatrolLine | null;
      readonly met: readonly PersonLine[];
      readonly often: readonly PersonLine[];
      readonly encounters: readonly EncounterLine[];
    };
  };
  'view.people': {
    ask: { readonly query: string };
    answer: { readonly people: readonly PersonLine[]; readonly total: number };
  };
  'view.person': { ask: { readonly id: Id }; answer: PersonRecord };
  'view.encounter': { ask: { readonly row: string }; answer: EncounterLine };
  'view.queue': { ask: null; answer: readonly ReferralLine[] };
  'view.referral': { ask: { readonly id: Id }; answer: ReferralRecord };
  'view.conflicts': { ask: null; answer: readonly ConflictCard[] };
  'view.duplicates': {
    ask: null;
    answer: { readonly pairs: readonly LikePair[]; readonly more: boolean };
  };
  'patrol.open': {
    ask: { readonly zone: Id; readonly type: PatrolType; readonly crew: readonly Id[] };
    answer: { readonly id: Id };
  };
  'patrol.close': { ask: { readonly id: Id; readonly report: string }; answer: null };
  'encounter.save': { ask: EncounterDraft; answer: { readonly row: string } };
  'encounter.void': { ask: { readonly row: string; readonly reason: string }; answer: null };
  'item.amend': {
    ask: { readonly row: string; readonly count: number; readonly reason: string };
    answer: null;
  };
  'person.create': { ask: NewPerson; answer: { readonly id: Id } };
  /** They are one person from now on; all that each of them has stays where it is. */
  'person.merge': { ask: { readonly ids: readonly Id[] }; answer: null };
  /** This record is nobody else's; the others stay one person. */
  'person.unmerge': { ask: { readonly id: Id }; answer: null };
  'entity.edit': { ask: Edit; answer: null };
  'conflict.resolve': { ask: { readonly card: ConflictCard; readonly value: Value }; answer: null };
  'request.close': {
    ask: { readonly row: string; readonly person: Id; readonly status: Status };
    answer: null;
  };
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

export class CallProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem);
    this.problem = problem;
  }
}
