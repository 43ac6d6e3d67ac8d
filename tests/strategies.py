"""Hypothesis strategies derived from the catalogue: what a device may write of a kind, and what must be refused."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from server.kinds.catalogue import KINDS, TABLED
from server.kinds.description import DAY_MAX, INSTANT_MAX, QUARTER_MS, FieldSpec, Form
from server.kinds.kind import Kind, kind_name, plain_fields, sealed_fields
from server.kinds.rules import fact_names
from sync.ids import DeviceId, EntityId, OpId, SpaceId
from sync.limits import FACTS_MAX
from sync.op import Fact, Header, OpClass
from sync.registry import Folds

OP_KINDS: tuple[type[Kind], ...] = tuple(kind for kind in KINDS if kind.folds is not None)

TABLED_OP_KINDS: tuple[type[Kind], ...] = tuple(kind for kind in TABLED if kind.folds is not None)
"""Those of which the server writes a table."""

UNKNOWN_CODE = "code_of_nobody"
Facts = dict[str, Fact]

ids: SearchStrategy[bytes] = st.binary(min_size=16, max_size=16)
hex_ids: SearchStrategy[str] = ids.map(bytes.hex)
quarters: SearchStrategy[int] = st.integers(0, INSTANT_MAX // QUARTER_MS).map(lambda n: n * QUARTER_MS)
days: SearchStrategy[int] = st.integers(0, DAY_MAX)


def texts(most: int) -> SearchStrategy[str]:
    """Texts of any script up to a limit in code points."""
    return st.text(max_size=min(most, 40))


def facts_of(kind: type[Kind]) -> SearchStrategy[Facts]:
    """Facts that one op of the kind may carry, nil among the values."""
    singles = [_facts_of_field(name, spec) for name, spec in plain_fields(kind).items()]
    merged = st.tuples(*singles).map(_merged).map(lambda facts: dict(sorted(facts.items())[:FACTS_MAX]))
    return st.tuples(merged, st.integers(0, FACTS_MAX)).map(lambda drawn: dict(list(drawn[0].items())[: drawn[1]]))


def _facts_of_field(name: str, spec: FieldSpec) -> SearchStrategy[Facts]:
    if spec.form is Form.LINKS:
        names: SearchStrategy[str] = hex_ids.map(lambda element: f"{name}/{element}")
        return st.dictionaries(names, st.sampled_from((True, None)), max_size=2)
    if spec.form is Form.CODES:
        return st.dictionaries(_elements(name, spec), st.sampled_from((True, None)))
    return st.dictionaries(st.sampled_from(fact_names(name, spec)), st.none() | _single(spec))


def _elements(name: str, spec: FieldSpec) -> SearchStrategy[str]:
    assert spec.codes is not None
    return st.sampled_from([f"{name}/{code}" for code in spec.codes.codes])


def _single(spec: FieldSpec) -> SearchStrategy[Any]:
    if spec.codes is not None and spec.form is not Form.COUNTS:
        return st.sampled_from(spec.codes.codes)
    by_form: dict[Form, SearchStrategy[Any]] = {
        Form.FLAG: st.booleans(),
        Form.COUNT: st.integers(0, spec.most or 0),
        Form.COUNTS: st.integers(0, spec.most or 0),
        Form.REF: ids,
        Form.ROW_REF: ids,
        Form.LINKS: ids,
        Form.QUARTER: quarters,
        Form.DAY: days,
        Form.INSTANT: st.integers(0, INSTANT_MAX),
        Form.TEXT: texts(spec.most or 0),
        Form.TEXTS: texts(spec.most or 0),
    }
    return by_form[spec.form]


def _merged(parts: tuple[Mapping[str, Fact], ...]) -> Facts:
    return {name: value for part in parts for name, value in part.items()}


def refused_facts(kind: type[Kind]) -> SearchStrategy[tuple[str, Fact]]:
    """One fact that the kind must refuse: unknown, of a wrong type, a code not in the list, over a limit."""
    unknown: list[tuple[str, Fact]] = [("name", "momo"), ("zz_unknown", 1), ("services/zz", True), ("void/true", True)]
    wrong = [fault for name, spec in plain_fields(kind).items() for fault in _refused(name, spec)]
    own = plain_fields(kind)
    return st.sampled_from([(name, value) for name, value in unknown if name not in own] + wrong)


def _refused(name: str, spec: FieldSpec) -> list[tuple[str, Fact]]:
    if spec.is_set:
        element = "0" * 32 if spec.codes is None else spec.codes.codes[0]
        strange = "z" * 32 if spec.codes is None else UNKNOWN_CODE
        return [(name, True), (f"{name}/{strange}", True), (f"{name}/{element}", False), (f"{name}/{element}", 1)]
    wrong: dict[Form, list[Fact]] = {
        Form.FLAG: [0, 1, "true"],
        Form.COUNT: [-1, (spec.most or 0) + 1, True, "one"],
        Form.COUNTS: [-1, (spec.most or 0) + 1, True, "one"],
        Form.CODE: [UNKNOWN_CODE, 0, True],
        Form.REF: ["zone", 7],
        Form.ROW_REF: ["encounter", 7],
        Form.QUARTER: [-QUARTER_MS, 1, QUARTER_MS + 1, "now", INSTANT_MAX + 1],
        Form.DAY: [-1, DAY_MAX + 1, "today"],
        Form.INSTANT: [-1, INSTANT_MAX + 1, False],
    }
    return [(fact, value) for fact in fact_names(name, spec) for value in wrong[spec.form]]


def sealed_of(kind: type[Kind]) -> SearchStrategy[dict[str, Any]]:
    """Sealed fields that one payload of the kind may hold, None among the values."""
    fields = sealed_fields(kind)
    return st.fixed_dictionaries({}, optional={name: st.none() | _sealed(spec) for name, spec in fields.items()})


def _sealed(spec: FieldSpec) -> SearchStrategy[Any]:
    if spec.is_set:
        return st.lists(_single(spec), unique=True, max_size=3).map(tuple)
    return _single(spec)


def refused_sealed(kind: type[Kind]) -> SearchStrategy[tuple[str, Any]]:
    """One sealed field that the kind must refuse."""
    wrong: list[tuple[str, Any]] = [("zz_unknown", "Momo")]
    for name, spec in sealed_fields(kind).items():
        values = _refused_sealed(spec)
        wrong += [(name, (value,) if spec.is_set else value) for value in values]
        wrong += [(name, value) for value in values if spec.is_set and type(value) is not tuple]
    return st.sampled_from(wrong)


def _refused_sealed(spec: FieldSpec) -> list[Any]:
    too_long = "é" * ((spec.most or 0) + 1)
    wrong: dict[Form, list[Any]] = {
        Form.FLAG: [0, "true"],
        Form.CODE: [UNKNOWN_CODE, 1],
        Form.CODES: [UNKNOWN_CODE, 1],
        Form.LINKS: [b"short", "0" * 32],
        Form.ROW_REF: [b"short", "0" * 32],
        Form.DAY: [-1, DAY_MAX + 1, 0.5, True],
        Form.TEXT: [too_long, b"bytes", 7, "\ud800"],
        Form.TEXTS: [too_long, b"bytes", 7, "\ud800"],
    }
    return wrong[spec.form]


def header_of(kind: type[Kind], facts: Mapping[str, Fact], /, **members: Any) -> Header:
    """Return the header of the op that begins an entity of the kind, or of a row of it; `members` overrides."""
    opening = OpClass.GENESIS if kind.folds is Folds.ENTITY else OpClass.ROW
    plain: dict[str, Any] = {
        "space": SpaceId(b"s" * 16),
        "device": DeviceId(b"d" * 16),
        "entity": EntityId(b"e" * 16),
        "op_class": int(opening),
        "kind": kind_name(kind),
        "hlc_ms": 0,
        "hlc_ctr": 0,
        "epoch": 1,
        "facts": tuple(sorted(facts.items())),
    }
    return Header(**(plain | members))


op_ids: SearchStrategy[OpId] = st.binary(min_size=32, max_size=32).map(OpId)
