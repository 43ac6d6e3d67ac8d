"""What the engine is told of the catalogue: how each kind folds, which plain facts it may carry, its commands' machine.

The engine refuses at push whatever is not told here, because a header is plain and stays for ever.
"""

from server.kinds.catalogue import KINDS
from server.kinds.description import DAY_MAX, INSTANT_MAX, QUARTER_MS, FieldSpec, Form, Merge
from server.kinds.kind import Kind, kind_name, plain_fields, sealed_fields
from sync.registry import (
    Code,
    CodeSet,
    FactRule,
    Flag,
    Folds,
    Id,
    IdSet,
    KindRule,
    Least,
    Registry,
    StakeRule,
    Strictest,
    Whole,
)
from sync.ruleset import Machine, moves_of


def engine_registry(kinds: tuple[type[Kind], ...] = KINDS) -> Registry:
    """Return the registry of every kind that has ops; a directory's lines are no ops."""
    return Registry({kind_name(kind): _kind_rule(kind, kind.folds) for kind in kinds if kind.folds is not None})


def _kind_rule(kind: type[Kind], folds: Folds) -> KindRule:
    plain = plain_fields(kind)
    named = [(name, spec) for name, spec in (*plain.items(), *sealed_fields(kind).items())]
    return KindRule(
        folds=folds,
        of=tuple(kind_name(parent) for parent in (kind.of, *kind.also_of) if parent is not None),
        facts={fact: rule for name, spec in plain.items() for fact, rule in fact_rules(name, spec).items()},
        high_stakes={name: _stake_rule(spec) for name, spec in named if spec.merge is Merge.HIGH_STAKES},
        machine=_machine(kind),
    )


def fact_rules(name: str, spec: FieldSpec) -> dict[str, FactRule]:
    """Return the facts of one plain field: one, or one for each code it counts. Raises ValueError for a text."""
    codes = spec.codes.codes if spec.codes is not None else ()
    if spec.form is Form.COUNTS:
        return {f"{name}_{code}": Whole(0, _most(spec)) for code in codes}
    rules: dict[Form, FactRule] = {
        Form.FLAG: Flag(),
        Form.CODE: Code(frozenset(codes)),
        Form.CODES: CodeSet(frozenset(codes)),
        Form.REF: Id(),
        Form.ROW_REF: Id(),
        Form.LINKS: IdSet(),
        Form.QUARTER: Whole(0, INSTANT_MAX, QUARTER_MS),
        Form.DAY: Whole(0, DAY_MAX),
        Form.INSTANT: Whole(0, INSTANT_MAX),
    }
    if spec.form is Form.COUNT:
        return {name: Whole(0, _most(spec))}
    if spec.form not in rules:
        raise ValueError(f"{name}: no fact has the form {spec.form}.")
    return {name: rules[spec.form]}


def _most(spec: FieldSpec) -> int:
    assert spec.most is not None
    return spec.most


def _stake_rule(spec: FieldSpec) -> StakeRule:
    """A list states its most restrictive code first. Nothing said is stricter than a yes, and weaker than a no."""
    if spec.codes is None:
        return Least()
    strictest, *others = spec.codes.codes
    return Strictest((*reversed(others), None, strictest))


def _machine(kind: type[Kind]) -> Machine | None:
    if kind.first_state is None:
        return None
    beats = {state: frozenset(beaten) for state, beaten in kind.beats.items()}
    return Machine(start=kind.first_state, moves=moves_of(dict(kind.moves)), beats=beats)
