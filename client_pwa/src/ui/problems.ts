import type { Key } from '../i18n/translate.ts';
import { CallProblem, type Problem } from '../worker/protocol.ts';

/** What happened, where it is, what to do: one sentence for each problem. */
export const problemKey = {
  link_unreadable: 'problem.linkUnreadable',
  link_other_server: 'problem.linkOtherServer',
  link_expired: 'problem.linkExpired',
  link_used: 'problem.linkUsed',
  code_unreadable: 'problem.codeUnreadable',
  code_is_request: 'problem.codeIsRequest',
  code_is_answer: 'problem.codeIsAnswer',
  code_of_another: 'problem.codeOfAnother',
  code_used: 'problem.codeUsed',
  setup_refused: 'problem.setupRefused',
  name_missing: 'problem.nameMissing',
  word_wrong: 'problem.wordWrong',
  papers_wrong: 'recover.otherSet',
  papers_unknown: 'problem.papersUnknown',
  papers_retired: 'problem.papersRetired',
  log_dishonest: 'problem.logDishonest',
  server_unreached: 'problem.serverUnreached',
  pin_wrong: 'problem.pinWrong',
  pin_too_short: 'problem.pinTooShort',
  too_early: 'problem.tooEarly',
  locked: 'problem.locked',
  storage_full: 'problem.storageFull',
  not_found: 'problem.notFound',
  erased: 'problem.erased',
  erasing: 'problem.erasing',
  refused: 'problem.refused',
  round_closed: 'problem.roundClosed',
  encounter_void: 'problem.encounterVoid',
  too_long: 'problem.tooLong',
  line_changed: 'problem.lineChanged',
  line_refused: 'problem.lineRefused',
  consent_missing: 'field.needsConsent',
  nobody_unnamed: 'problem.nobodyUnnamed',
  card_unreadable: 'problem.cardUnreadable',
  card_foreign: 'problem.cardForeign',
  card_taken: 'problem.cardTaken',
  copy_unreadable: 'problem.copyUnreadable',
  copy_foreign: 'problem.copyForeign',
  copy_of_member: 'problem.copyOfMember',
  copy_nothing_new: 'problem.copyNothingNew',
} as const satisfies Record<Problem, Key>;

/** Why a call could not be made, for the screen to say beside what was asked; null where it was. */
export async function problemOf(call: Promise<unknown>): Promise<Problem | null> {
  try {
    await call;
    return null;
  } catch (error) {
    if (!(error instanceof CallProblem)) throw error;
    return error.problem;
  }
}
