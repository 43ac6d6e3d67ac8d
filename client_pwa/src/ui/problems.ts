import type { Key } from '../i18n/translate.ts';
import type { Problem } from '../worker/protocol.ts';

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
  refused: 'problem.refused',
  too_long: 'problem.tooLong',
  line_changed: 'problem.lineChanged',
  line_refused: 'problem.lineRefused',
} as const satisfies Record<Problem, Key>;
