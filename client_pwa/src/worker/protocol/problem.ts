/** Why a call could not do what it was asked. */

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
  | 'erased'
  | 'erasing'
  | 'refused'
  | 'too_long'
  | 'round_closed'
  | 'encounter_void'
  | 'line_changed'
  | 'line_refused'
  | 'consent_missing'
  | 'nobody_unnamed'
  | 'card_unreadable'
  | 'card_foreign'
  | 'card_taken'
  | 'copy_unreadable'
  | 'copy_foreign'
  | 'copy_of_member'
  | 'copy_nothing_new';

export class CallProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem);
    this.problem = problem;
  }
}
