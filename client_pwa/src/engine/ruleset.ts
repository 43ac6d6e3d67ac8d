/** The ruleset as data: which state machine a kind of command follows. Its words are the application's. */

/** The facts by which a command says what it does and which state it expects to find. */
export const MOVE = 'move';
export const EXPECT = 'expect';

/** One transition: the states it starts from, and the state it leads to. */
export type Move = { readonly before: ReadonlySet<string>; readonly after: string };

/** Which thing an object holds, in which of its states, and until when. */
export type HoldRule = {
  /** The states in which the object holds the thing; leaving them frees it. */
  readonly states: ReadonlySet<string>;
  /** Name of the id fact that names the thing; null: the command's entity is the thing. */
  readonly thing: string | null;
  /** Name of the int fact (server milliseconds) at which a hold ends by itself. */
  readonly until: string | null;
};

/** The state machine that the commands of one kind drive. */
export type Machine = {
  /** The state of an object before its first command. */
  readonly start: string;
  /** What each move does; a state that no move starts from is terminal. */
  readonly moves: ReadonlyMap<string, Move>;
  /** For a target state, the states over which it prevails without a person. */
  readonly beats: ReadonlyMap<string, ReadonlySet<string>>;
  /**
   * Name of the id fact that names the object; a command without it opens an object named by the
   * first 16 bytes of its own op_id. Null: the object is the command's entity.
   */
  readonly subject: string | null;
  /** What the objects hold, if anything. */
  readonly hold: HoldRule | null;
};

/** Returns every state the machine knows. */
export function statesOf(machine: Machine): Set<string> {
  const moves = [...machine.moves.values()];
  return new Set([machine.start, ...moves.flatMap(({ before, after }) => [...before, after])]);
}

/** Returns the states that no move leaves. */
export function terminalOf(machine: Machine): Set<string> {
  const left = [...machine.moves.values()].flatMap(({ before }) => [...before]);
  return new Set([...statesOf(machine)].filter((state) => !left.includes(state)));
}

type MoveTable = Readonly<
  Record<string, readonly [before: string | readonly string[], after: string]>
>;

/** Returns the moves of a plain table such as `{ send: ['draft', 'sent'], stop: [['draft', 'sent'], 'off'] }`. */
export function movesOf(table: MoveTable): Map<string, Move> {
  const moves = Object.entries(table).map(([name, [before, after]]): [string, Move] => {
    return [name, { before: new Set(typeof before === 'string' ? [before] : before), after }];
  });
  return new Map(moves);
}
