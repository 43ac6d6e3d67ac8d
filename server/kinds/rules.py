"""The catalogue's own rules, checked once at import: a kind that breaks one stops the server before it serves."""

from collections import Counter
from collections.abc import Callable, Iterable

from server.kinds.description import CodeList, FieldSpec, Form, Label
from server.kinds.kind import REASON, Kind, kind_name, plain_fields, sealed_fields
from sync.limits import FACTS_MAX
from sync.op import is_code, is_name
from sync.registry import SALVAGES, VOID, Folds
from sync.ruleset import EXPECT, MOVE


def refuse_bad_kinds(kinds: Iterable[type[Kind]]) -> None:
    """Refuse a kind that breaks a rule. Raises TypeError with the kind's name and the rule."""
    for kind in kinds:
        for broken in RULES:
            fault = broken(kind)
            if fault is not None:
                raise TypeError(f"{kind_name(kind)} {fault}.")


def _states_itself(kind: type[Kind]) -> str | None:
    missing = [stated for stated in ("folds", "label") if not hasattr(kind, stated)]
    if missing:
        return f"does not state `{missing[0]}`"
    return None if hasattr(kind, "__table__") or kind.health_of is not None else "is no table: say table=True"


def _stands_under_an_entity(kind: type[Kind]) -> str | None:
    """Also what a swallowed class keyword looks like: `class Contact(Row, of=Person)` leaves `of` None."""
    if kind.folds not in {Folds.ROW, Folds.COMMAND}:
        return None if kind.of is None else "is no row and no command, and states `of`"
    if kind.of is None:
        return f"is a {kind.folds} and does not state `of`"
    parents = (kind.of, *kind.also_of)
    strangers = [kind_name(parent) for parent in parents if parent.folds is not Folds.ENTITY]
    return f"stands under {strangers[0]}, which is no entity" if strangers else None


def _keeps_health_under_health(kind: type[Kind]) -> str | None:
    """Its rows stand under the entity of the same id in the health space, and each names the row it adds to."""
    if kind.Health is None:
        return None
    if kind.folds not in {Folds.ENTITY, Folds.ROW}:
        return "has a Health payload and is no entity and no row"
    bare = [parent for parent in (kind.of, *kind.also_of) if parent is not None and parent.Health is None]
    if bare:
        return f"has a Health payload, and {kind_name(bare[0])}, under which it stands, has none"
    is_taken = kind.folds is Folds.ROW and kind_name(kind) in kind.Health.model_fields
    return f"has the health field {kind_name(kind)}, which names the row it adds to" if is_taken else None


def _moves_as_a_command(kind: type[Kind]) -> str | None:
    if (kind.folds is Folds.COMMAND) != bool(kind.moves) or (kind.first_state is None) == bool(kind.moves):
        return "must state moves and a first state if, and only if, it is a command"
    if not kind.moves:
        return None
    states = {kind.first_state, *kind.beats}.union(
        *kind.beats.values(), *({*start, end} for start, end in kind.moves.values())
    )
    wanted = {MOVE: set(kind.moves), EXPECT: states}
    for name, codes in wanted.items():
        spec = plain_fields(kind).get(name)
        if spec is None or spec.codes is None or set(spec.codes.codes) != codes:
            return f"must have a plain code `{name}` whose list is exactly that of its machine"
    columns = set() if kind.of is None else set(kind.of.model_fields)
    return None if {"state", "state_ms"} <= columns else "moves an entity without the columns state and state_ms"


def _seals_its_texts(kind: type[Kind]) -> str | None:
    texts = [name for name, spec in plain_fields(kind).items() if spec.form in {Form.TEXT, Form.TEXTS}]
    return f"has the plain text {texts[0]}: texts are sealed" if texts and kind.folds is not None else None


def _draws_in_a_directory(kind: type[Kind]) -> str | None:
    areas = [name for name, spec in plain_fields(kind).items() if spec.form is Form.AREA]
    return f"has the area {areas[0]}: only a directory has one" if areas and kind.folds is not None else None


def _names_each_path_once(kind: type[Kind]) -> str | None:
    paths = [path for name, spec in plain_fields(kind).items() for path in fact_names(name, spec)]
    paths += sealed_fields(kind)
    paths += [VOID, SALVAGES, REASON] if kind.folds is Folds.ROW else []
    twice = [path for path, times in Counter(paths).items() if times > 1]
    return f"says {twice[0]} twice" if twice else None


def _fits_the_protocol(kind: type[Kind]) -> str | None:
    fields = {**plain_fields(kind), **sealed_fields(kind)}
    names = [kind_name(kind), *fields, *(name for f, spec in fields.items() for name in fact_names(f, spec))]
    bad = [name for name in names if "/" in name or not is_name(name)]
    bad += [code for codes in _lists(kind) for code in codes.codes if not is_code(code)]
    return f"has the name {bad[0]!r}, which is not of the protocol's form" if bad else None


def _fits_one_op(kind: type[Kind]) -> str | None:
    facts = facts_at_once(kind)
    return f"may carry {facts} facts at once, and an op holds {FACTS_MAX}" if facts > FACTS_MAX else None


def _speaks_both_languages(kind: type[Kind]) -> str | None:
    fields = {**plain_fields(kind), **sealed_fields(kind)}
    labels: list[Label] = [kind.label, *(spec.label for spec in fields.values())]
    labels += [label for codes in _lists(kind) for label in codes.labels.values()]
    mute = [label for label in labels if not (label.fr.strip() and label.en.strip())]
    return f"has a label without its words: {mute[0]}" if mute else None


RULES: tuple[Callable[[type[Kind]], str | None], ...] = (
    _states_itself,
    _stands_under_an_entity,
    _keeps_health_under_health,
    _moves_as_a_command,
    _seals_its_texts,
    _draws_in_a_directory,
    _names_each_path_once,
    _fits_the_protocol,
    _fits_one_op,
    _speaks_both_languages,
)
"""In the order in which they are asked: the later ones may rely on the earlier."""


def fact_names(name: str, spec: FieldSpec) -> tuple[str, ...]:
    """Return the stems of a plain field's facts: one for each code it counts, else its own name."""
    if spec.form is Form.COUNTS:
        assert spec.codes is not None
        return tuple(f"{name}_{code}" for code in spec.codes.codes)
    return (name,)


def facts_at_once(kind: type[Kind]) -> int:
    """Return how many facts one op of the kind may need: a whole row at once, an entity's sets in several edits."""
    whole = kind.folds in {Folds.ROW, Folds.COMMAND}
    facts = 1 if kind.folds is Folds.ROW else 0  # a row written again for somebody else also says what it salvages
    for name, spec in plain_fields(kind).items():
        is_whole_set = whole and spec.form is Form.CODES and spec.codes is not None
        facts += len(spec.codes.codes) if is_whole_set and spec.codes else len(fact_names(name, spec))
    return facts


def _lists(kind: type[Kind]) -> list[CodeList]:
    specs = (*plain_fields(kind).values(), *sealed_fields(kind).values())
    return [spec.codes for spec in specs if spec.codes is not None]
