// Derived from the catalogue in server/kinds by `./dev api`: do not edit.
import type { MultiPolygon, Polygon } from 'geojson';

/** 16 bytes as 32 lowercase hex digits; a row is named by the first half of its op id. */
export type Id = string;
/** Milliseconds since 1970, cut to the quarter hour. */
export type Quarter = number;
/** Milliseconds since 1970. */
export type Instant = number;
/** Days since 1970. */
export type Day = number;
/** A place on the map in degrees of WGS 84, as GeoJSON says it. */
export type Area = Polygon | MultiPolygon;

/** One count for each code: `name_code`. Zero is absent. */
export type Counts<Name extends string, Code extends string> = Partial<Record<`${Name}_${Code}`, number | null>>;
/** A set of codes: `name/code` for each. */
export type CodeSet<Name extends string, Code extends string> = Partial<Record<`${Name}/${Code}`, true | null>>;
/** A set of ids: `name/id` for each. */
export type IdSet<Name extends string> = Partial<Record<`${Name}/${Id}`, true | null>>;
/** A set of texts: `name/random` for each. */
export type TextSet<Name extends string> = Partial<Record<`${Name}/${string}`, string | null>>;
/** What every row may also carry: a withdrawal, what it was written again from, and why what was amended. */
export type RowFacts = { void?: boolean | null; salvages?: Id | null };
export type RowFields = TextSet<'reason'>;

export type EntityKind =
  | 'worker'
  | 'person'
  | 'bag'
  | 'patrol'
  | 'referral'
  | 'notice'
  | 'health_space'
  | 'person_health';
export type RowKind =
  | 'encounter'
  | 'observation'
  | 'contact'
  | 'distribution'
  | 'stock_movement'
  | 'request'
  | 'procedure'
  | 'task'
  | 'note'
  | 'notice_seen'
  | 'contact_health';
export type CommandKind = 'referral_move';
export type DirectoryKind = 'zone' | 'site' | 'structure';
export type Kind = EntityKind | RowKind | CommandKind | DirectoryKind;

export type AgeBand = 'minor' | '18_24' | '25_34' | '35_44' | '45_54' | '55_plus' | 'unknown';

export type CareAct =
  | 'pipe_burn'
  | 'wound'
  | 'abscess'
  | 'foot'
  | 'respiratory'
  | 'overdose_response'
  | 'screening_hiv_hcv'
  | 'vaccination'
  | 'listening'
  | 'other';

export type Consent = 'refused' | 'spoken' | 'written';

export type Consumption =
  | 'crack'
  | 'cocaine'
  | 'heroin'
  | 'buprenorphine'
  | 'methadone'
  | 'morphine_sulfate'
  | 'tramadol'
  | 'pregabalin'
  | 'benzodiazepines'
  | 'cannabis'
  | 'amphetamines_mdma'
  | 'alcohol'
  | 'tobacco'
  | 'other';

export type ContactService = 'kit' | 'care' | 'request' | 'talk';

export type DeclineReason =
  | 'at_capacity'
  | 'not_eligible'
  | 'no_answer'
  | 'behaviour'
  | 'person_refused'
  | 'papers_missing'
  | 'other';

export type Declined = 'at_capacity' | 'other';

export type Gender =
  | 'woman'
  | 'man'
  | 'trans_woman'
  | 'trans_man'
  | 'non_binary'
  | 'other'
  | 'unknown';

export type Housing =
  | 'street'
  | 'squat'
  | 'third_party'
  | 'rest_area'
  | 'emergency'
  | 'hotel_assore'
  | 'phase'
  | 'uhs'
  | 'caarud_hotel'
  | 'lhss'
  | 'lam'
  | 'act'
  | 'common_law'
  | 'family'
  | 'prison'
  | 'hospital'
  | 'unknown';

export type KitItem =
  | 'crack_kit'
  | 'wound_kit'
  | 'pipe'
  | 'tips'
  | 'filter'
  | 'base_kit'
  | 'syringe_1cc'
  | 'syringe_2cc'
  | 'sterile_cup'
  | 'water'
  | 'acid'
  | 'foil'
  | 'condom'
  | 'lubricant'
  | 'naloxone'
  | 'hygiene_kit'
  | 'sharps_container'
  | 'used_syringes'
  | 'used_pipes';

export type LeftReason =
  | 'handed_over'
  | 'housed'
  | 'death'
  | 'prison'
  | 'moved'
  | 'lost_contact'
  | 'hospital'
  | 'deported'
  | 'other';

export type LossReason =
  | 'broken'
  | 'police_destruction'
  | 'stolen'
  | 'lost'
  | 'expired'
  | 'machine_fault';

export type Mood = 'calm' | 'tense' | 'violent';

export type Need =
  | 'shelter'
  | 'care'
  | 'wound_care'
  | 'psychological'
  | 'addiction_treatment'
  | 'substitution'
  | 'hygiene'
  | 'meal'
  | 'clothing'
  | 'kit'
  | 'papers'
  | 'address'
  | 'health_cover'
  | 'benefits'
  | 'residence_right'
  | 'return_home'
  | 'work'
  | 'legal'
  | 'phone'
  | 'animal'
  | 'listening'
  | 'consumption_space';

export type NoticeType = 'evacuation' | 'bad_batch' | 'cold' | 'heat' | 'other';

export type PatrolMode = 'walk' | 'bus' | 'metro';

export type PatrolType =
  | 'risk_reduction'
  | 'mediation'
  | 'metro'
  | 'psychiatric_social'
  | 'social'
  | 'bus';

export type Procedure =
  | 'identity_papers'
  | 'address'
  | 'health_cover'
  | 'benefits'
  | 'residence'
  | 'return_home'
  | 'justice'
  | 'housing_application';

export type Profession =
  | 'social_worker'
  | 'nurse'
  | 'psychologist'
  | 'psychiatrist'
  | 'addiction_specialist'
  | 'educator'
  | 'mediator'
  | 'peer'
  | 'other';

export type ReferralMode = 'live' | 'logged';

export type ReferralMove =
  | 'send'
  | 'claim'
  | 'ask_info'
  | 'answer_info'
  | 'waitlist'
  | 'offer'
  | 'accept'
  | 'schedule'
  | 'start'
  | 'complete'
  | 'decline_provider'
  | 'decline_person'
  | 'miss'
  | 'lose_contact'
  | 'withdraw'
  | 'mark_in_error';

export type ReferralState =
  | 'draft'
  | 'sent'
  | 'triage'
  | 'info_needed'
  | 'waitlisted'
  | 'offered'
  | 'accepted'
  | 'scheduled'
  | 'in_service'
  | 'completed'
  | 'declined_provider'
  | 'declined_person'
  | 'no_show'
  | 'lost_contact'
  | 'withdrawn'
  | 'in_error';

export type Route = 'smoked' | 'injected' | 'sniffed' | 'swallowed';

export type Slot = 'morning' | 'afternoon' | 'evening' | 'night';

export type Source = 'bag' | 'site' | 'machine';

export type Status = 'open' | 'obtained' | 'refused' | 'no_place' | 'given_up';

export type StockMove = 'receipt' | 'loss' | 'count';

export type StructureType =
  | 'assore'
  | 'phase'
  | 'uhs'
  | 'caarud'
  | 'csapa'
  | 'scmr'
  | 'siao'
  | 'pass'
  | 'empp'
  | 'elsa'
  | 'hospital'
  | 'lhss'
  | 'lam'
  | 'act'
  | 'day_centre'
  | 'rest_area'
  | 'tapaj'
  | 'common_law'
  | 'other';

export type Territory =
  | 'consumption'
  | 'dealing'
  | 'transit'
  | 'camp'
  | 'living'
  | 'sex_work'
  | 'begging'
  | 'gathering';

export type TimeOnStreet = 'under_1y' | '1_5y' | 'over_5y' | 'unknown';

export type Unit = 'piece' | 'container' | 'gram';

export type Vulnerability =
  | 'pregnancy'
  | 'injecting'
  | 'psychological'
  | 'chronic_illness'
  | 'disability'
  | 'violence'
  | 'sex_work'
  | 'minor'
  | 'dual_diagnosis'
  | 'isolated';

export type WorkerRole = 'outreach' | 'reception' | 'health' | 'coordinator' | 'administrator';

export type CodeByList = {
  age_band: AgeBand;
  care_act: CareAct;
  consent: Consent;
  consumption: Consumption;
  contact_service: ContactService;
  decline_reason: DeclineReason;
  declined: Declined;
  gender: Gender;
  housing: Housing;
  kit_item: KitItem;
  left_reason: LeftReason;
  loss_reason: LossReason;
  mood: Mood;
  need: Need;
  notice_type: NoticeType;
  patrol_mode: PatrolMode;
  patrol_type: PatrolType;
  procedure: Procedure;
  profession: Profession;
  referral_mode: ReferralMode;
  referral_move: ReferralMove;
  referral_state: ReferralState;
  route: Route;
  slot: Slot;
  source: Source;
  status: Status;
  stock_move: StockMove;
  structure_type: StructureType;
  territory: Territory;
  time_on_street: TimeOnStreet;
  unit: Unit;
  vulnerability: Vulnerability;
  worker_role: WorkerRole;
};
export type CodeList = keyof CodeByList;

export type WorkerFacts = {
  role?: WorkerRole | null;
  profession?: Profession | null;
};
export type WorkerFields = {
  name?: string | null;
};

export type PersonFacts = {
  age_band?: AgeBand | null;
  gender?: Gender | null;
  time_on_street?: TimeOnStreet | null;
  housing?: Housing | null;
  left?: Day | null;
  trash?: boolean | null;
} & IdSet<'same'>;
export type PersonFields = {
  description?: string | null;
  reach?: string | null;
  consent_follow_up?: Consent | null;
  consent_follow_up_until?: Day | null;
  consent_statistics?: Consent | null;
  consent_statistics_until?: Day | null;
  consent_sharing?: Consent | null;
  consent_sharing_until?: Day | null;
  card?: string | null;
  left_reason?: LeftReason | null;
} & TextSet<'alias'> & CodeSet<'vulnerability', Vulnerability>;

export type BagFacts = Record<string, never>;
export type BagFields = {
  name?: string | null;
};

export type PatrolFacts = {
  zone?: Id | null;
  type?: PatrolType | null;
  mode?: PatrolMode | null;
  slot?: Slot | null;
  start?: Quarter | null;
  end?: Quarter | null;
  bag?: Id | null;
} & Counts<'crew', Profession>;
export type PatrolFields = {
  route?: string | null;
  handover?: string | null;
  report?: string | null;
} & IdSet<'crew'>;

export type EncounterFacts = {
  zone?: Id | null;
} & Counts<'anon', Gender> & Counts<'anon_age', AgeBand> & RowFacts;
export type EncounterFields = {
  mood?: Mood | null;
  mediation?: boolean | null;
  observation?: string | null;
  note?: string | null;
  within?: Id | null;
} & RowFields;

export type ObservationFacts = {
  zone?: Id | null;
  seen?: number | null;
} & RowFacts;
export type ObservationFields = {
  mood?: Mood | null;
  police?: boolean | null;
  mediation?: boolean | null;
  note?: string | null;
} & CodeSet<'territory', Territory> & RowFields;

export type ContactFacts = {
  encounter?: Id | null;
  anonymous?: boolean | null;
} & CodeSet<'services', ContactService> & RowFacts;
export type ContactFields = {
  note?: string | null;
  anonymous_gender?: Gender | null;
  anonymous_age?: AgeBand | null;
} & RowFields;

export type DistributionFacts = {
  encounter?: Id | null;
  observation?: Id | null;
  source?: Source | null;
  item?: KitItem | null;
  count?: number | null;
  unit?: Unit | null;
} & RowFacts;
export type DistributionFields = {
  note?: string | null;
} & RowFields;

export type StockMovementFacts = {
  move?: StockMove | null;
  item?: KitItem | null;
  count?: number | null;
  loss_reason?: LossReason | null;
  patrol?: Id | null;
} & RowFacts;
export type StockMovementFields = {
  note?: string | null;
} & RowFields;

export type RequestFacts = {
  opened?: Day | null;
  closed?: Day | null;
  status?: Status | null;
} & RowFacts;
export type RequestFields = {
  need?: Need | null;
  note?: string | null;
} & RowFields;

export type ProcedureFacts = {
  opened?: Day | null;
  closed?: Day | null;
  status?: Status | null;
} & RowFacts;
export type ProcedureFields = {
  type?: Procedure | null;
  note?: string | null;
} & RowFields;

export type TaskFacts = {
  due?: Day | null;
  done?: Day | null;
} & RowFacts;
export type TaskFields = {
  text?: string | null;
  urgent?: boolean | null;
} & IdSet<'whom'> & RowFields;

export type NoteFacts = RowFacts;
export type NoteFields = {
  text?: string | null;
} & RowFields;

export type ReferralFacts = {
  person?: Id | null;
  structure?: Id | null;
  parent?: Id | null;
  mode?: ReferralMode | null;
};
export type ReferralFields = CodeSet<'needs', Need>;

export type ReferralMoveFacts = {
  move?: ReferralMove | null;
  expect?: ReferralState | null;
  worker?: Id | null;
  until?: Instant | null;
  acknowledge_until?: Instant | null;
  decide_until?: Instant | null;
  start_until?: Instant | null;
  feedback_until?: Instant | null;
  declined?: Declined | null;
};
export type ReferralMoveFields = {
  reason?: DeclineReason | null;
};

export type NoticeFacts = {
  type?: NoticeType | null;
  zone?: Id | null;
  day?: Day | null;
  until?: Day | null;
  over?: boolean | null;
};
export type NoticeFields = {
  text?: string | null;
};

export type NoticeSeenFacts = RowFacts;
export type NoticeSeenFields = RowFields;

export type ZoneLine = {
  id: Id;
  version: number;
  name: string;
  area: Area | null;
  since: Day | null;
  until: Day | null;
};

export type SiteLine = {
  id: Id;
  version: number;
  name: string;
  zone: Id | null;
  hours: string | null;
  capacity: number | null;
};

export type StructureLine = {
  id: Id;
  version: number;
  name: string;
  type: StructureType | null;
  zone: Id | null;
  hours: string | null;
  eligibility: string | null;
  capacity: number | null;
  acknowledge_h: number | null;
  decide_h: number | null;
  start_h: number | null;
  feedback_h: number | null;
};

export type HealthSpaceFacts = Record<string, never>;
export type HealthSpaceFields = {
  root?: string | null;
};

export type PersonHealthFacts = Record<string, never>;
export type PersonHealthFields = {
  file?: string | null;
} & CodeSet<'consumption', Consumption> & CodeSet<'route', Route>;

export type ContactHealthFacts = RowFacts;
export type ContactHealthFields = {
  note?: string | null;
  contact?: Id | null;
} & CodeSet<'acts', CareAct> & RowFields;

/** Every field that a screen may show, with the form that chooses its control. */
export type FormByPath = {
  'worker.role': 'code';
  'worker.profession': 'code';
  'worker.name': 'text';
  'person.age_band': 'code';
  'person.gender': 'code';
  'person.time_on_street': 'code';
  'person.housing': 'code';
  'person.left': 'day';
  'person.trash': 'flag';
  'person.same': 'links';
  'person.alias': 'texts';
  'person.description': 'text';
  'person.reach': 'text';
  'person.consent_follow_up': 'code';
  'person.consent_follow_up_until': 'day';
  'person.consent_statistics': 'code';
  'person.consent_statistics_until': 'day';
  'person.consent_sharing': 'code';
  'person.consent_sharing_until': 'day';
  'person.card': 'text';
  'person.vulnerability': 'codes';
  'person.left_reason': 'code';
  'bag.name': 'text';
  'patrol.zone': 'ref';
  'patrol.type': 'code';
  'patrol.mode': 'code';
  'patrol.slot': 'code';
  'patrol.start': 'quarter';
  'patrol.end': 'quarter';
  'patrol.bag': 'ref';
  'patrol.crew_social_worker': 'count';
  'patrol.crew_nurse': 'count';
  'patrol.crew_psychologist': 'count';
  'patrol.crew_psychiatrist': 'count';
  'patrol.crew_addiction_specialist': 'count';
  'patrol.crew_educator': 'count';
  'patrol.crew_mediator': 'count';
  'patrol.crew_peer': 'count';
  'patrol.crew_other': 'count';
  'patrol.crew': 'links';
  'patrol.route': 'text';
  'patrol.handover': 'text';
  'patrol.report': 'text';
  'encounter.zone': 'ref';
  'encounter.anon_woman': 'count';
  'encounter.anon_man': 'count';
  'encounter.anon_trans_woman': 'count';
  'encounter.anon_trans_man': 'count';
  'encounter.anon_non_binary': 'count';
  'encounter.anon_other': 'count';
  'encounter.anon_unknown': 'count';
  'encounter.anon_age_minor': 'count';
  'encounter.anon_age_18_24': 'count';
  'encounter.anon_age_25_34': 'count';
  'encounter.anon_age_35_44': 'count';
  'encounter.anon_age_45_54': 'count';
  'encounter.anon_age_55_plus': 'count';
  'encounter.anon_age_unknown': 'count';
  'encounter.mood': 'code';
  'encounter.mediation': 'flag';
  'encounter.observation': 'text';
  'encounter.note': 'text';
  'encounter.within': 'row_ref';
  'observation.zone': 'ref';
  'observation.seen': 'count';
  'observation.territory': 'codes';
  'observation.mood': 'code';
  'observation.police': 'flag';
  'observation.mediation': 'flag';
  'observation.note': 'text';
  'contact.encounter': 'row_ref';
  'contact.anonymous': 'flag';
  'contact.services': 'codes';
  'contact.note': 'text';
  'contact.anonymous_gender': 'code';
  'contact.anonymous_age': 'code';
  'distribution.encounter': 'row_ref';
  'distribution.observation': 'row_ref';
  'distribution.source': 'code';
  'distribution.item': 'code';
  'distribution.count': 'count';
  'distribution.unit': 'code';
  'distribution.note': 'text';
  'stock_movement.move': 'code';
  'stock_movement.item': 'code';
  'stock_movement.count': 'count';
  'stock_movement.loss_reason': 'code';
  'stock_movement.patrol': 'ref';
  'stock_movement.note': 'text';
  'request.opened': 'day';
  'request.closed': 'day';
  'request.status': 'code';
  'request.need': 'code';
  'request.note': 'text';
  'procedure.opened': 'day';
  'procedure.closed': 'day';
  'procedure.status': 'code';
  'procedure.type': 'code';
  'procedure.note': 'text';
  'task.due': 'day';
  'task.done': 'day';
  'task.text': 'text';
  'task.urgent': 'flag';
  'task.whom': 'links';
  'note.text': 'text';
  'referral.person': 'ref';
  'referral.structure': 'ref';
  'referral.parent': 'ref';
  'referral.mode': 'code';
  'referral.needs': 'codes';
  'referral_move.move': 'code';
  'referral_move.expect': 'code';
  'referral_move.worker': 'ref';
  'referral_move.until': 'instant';
  'referral_move.acknowledge_until': 'instant';
  'referral_move.decide_until': 'instant';
  'referral_move.start_until': 'instant';
  'referral_move.feedback_until': 'instant';
  'referral_move.declined': 'code';
  'referral_move.reason': 'code';
  'notice.type': 'code';
  'notice.zone': 'ref';
  'notice.day': 'day';
  'notice.until': 'day';
  'notice.over': 'flag';
  'notice.text': 'text';
  'zone.name': 'text';
  'zone.area': 'area';
  'zone.since': 'day';
  'zone.until': 'day';
  'site.name': 'text';
  'site.zone': 'ref';
  'site.hours': 'text';
  'site.capacity': 'count';
  'structure.name': 'text';
  'structure.type': 'code';
  'structure.zone': 'ref';
  'structure.hours': 'text';
  'structure.eligibility': 'text';
  'structure.capacity': 'count';
  'structure.acknowledge_h': 'count';
  'structure.decide_h': 'count';
  'structure.start_h': 'count';
  'structure.feedback_h': 'count';
  'health_space.root': 'text';
  'person_health.consumption': 'codes';
  'person_health.route': 'codes';
  'person_health.file': 'text';
  'contact_health.acts': 'codes';
  'contact_health.note': 'text';
  'contact_health.contact': 'row_ref';
};
export type FieldPath = keyof FormByPath;
export type Form = FormByPath[FieldPath];
