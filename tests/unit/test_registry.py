"""What may be registered, and what a registered kind may carry."""

import pytest
from msgspec.structs import replace

from sync.op import Fact, Header, OpClass
from sync.registry import Code, CodeSet, Flag, Folds, KindRule, Registry, Whole
from tests.engine_kit import AWA, LANES, REGISTRY, SPACE, entity, name

HEX = "0123456789abcdef0123456789abcdef"


def header(kind: str, op_class: OpClass, facts: tuple[tuple[str, Fact], ...] = (), *, amends: bool = False) -> Header:
    """Return a header of a kind and class."""
    amended = name(1) if amends else None
    return Header(SPACE, AWA.device, entity(1), op_class, kind, 0, 0, 1, amended, (), facts)


@pytest.mark.parametrize(
    ("kind", "op_class", "amends", "admitted"),
    [
        ("thing", OpClass.GENESIS, False, True),
        ("thing", OpClass.EDIT, False, True),
        ("thing", OpClass.EDIT, True, False),
        ("thing", OpClass.ROW, False, False),
        ("mark", OpClass.GENESIS, False, False),
        ("mark", OpClass.EDIT, False, False),
        ("mark", OpClass.EDIT, True, True),
        ("mark", OpClass.ROW, False, True),
        ("lane_move", OpClass.ROW, False, True),
        ("lane_move", OpClass.EDIT, True, False),
        ("lane_move", OpClass.GENESIS, False, False),
        ("unknown", OpClass.GENESIS, False, False),
        ("rules", OpClass.CONTROL, False, True),
    ],
)
def test_a_kind_admits_the_classes_it_folds_as(kind: str, op_class: OpClass, amends: bool, admitted: bool) -> None:
    """Entities have geneses and edits, rows have amendments, commands have neither."""
    assert REGISTRY.admits(header(kind, op_class, amends=amends)) is admitted


@pytest.mark.parametrize(
    ("kind", "fact", "value"),
    [
        ("thing", "size", "small"),
        ("thing", "size", None),
        ("thing", "count", 0),
        ("thing", "count", 100),
        ("thing", "tags/red", True),
        ("thing", "tags/red", None),
        ("thing", "same/" + HEX, True),
        ("thing", "same/" + HEX, None),
        ("mark", "done", False),
        ("mark", "about", b"\x01" * 16),
        ("mark", "void", True),
        ("mark", "void", None),
        ("mark", "salvages", b"\x01" * 16),
        ("lane_move", "until", 5),
    ],
)
def test_a_registered_fact_passes(kind: str, fact: str, value: Fact) -> None:
    """A value that keeps its rule, or nil."""
    assert REGISTRY.fact_fault(header(kind, OpClass.ROW, ((fact, value),))) is None


@pytest.mark.parametrize(
    ("kind", "fact", "value"),
    [
        ("thing", "name", "momo"),
        ("thing", "size", "huge"),
        ("thing", "size", True),
        ("thing", "size", 1),
        ("thing", "size/small", True),
        ("thing", "count", -1),
        ("thing", "count", 101),
        ("thing", "count", True),
        ("thing", "count", "5"),
        ("thing", "tags/green", True),
        ("thing", "tags/red", False),
        ("thing", "tags/red", 1),
        ("thing", "tags", True),
        ("thing", "same/" + HEX[:30], True),
        ("thing", "same/" + HEX[:31] + "g", True),
        ("thing", "same", True),
        ("thing", "void", True),
        ("thing", "salvages", b"\x01" * 16),
        ("mark", "done", 1),
        ("mark", "about", "momo"),
        ("mark", "void", 1),
        ("lane_move", "void", True),
        ("lane_move", "move", "fly"),
    ],
)
def test_any_other_fact_is_named_as_the_fault(kind: str, fact: str, value: Fact) -> None:
    """Not registered, or a value its rule refuses: a name in clear would stay in the log for ever."""
    sound = header(kind, OpClass.ROW)
    assert REGISTRY.fact_fault(replace(sound, facts=((fact, value),))) == fact
    assert REGISTRY.fact_fault(sound) is None


SOUND = {"thing": KindRule(Folds.ENTITY, facts={"size": Code(frozenset({"small"}))})}


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("Thing", KindRule(Folds.ENTITY)),
        ("thing/a", KindRule(Folds.ENTITY)),
        ("other", KindRule(Folds.ENTITY, facts={"Size": Flag()})),
        ("other", KindRule(Folds.ENTITY, facts={"size/a": Flag()})),
        ("other", KindRule(Folds.ENTITY, facts={"size": Code(frozenset({"Small"}))})),
        ("other", KindRule(Folds.ENTITY, facts={"tags": CodeSet(frozenset({"a b"}))})),
        ("other", KindRule(Folds.ENTITY, of=("thing",))),
        ("other", KindRule(Folds.ROW)),
        ("other", KindRule(Folds.ROW, of=("nobody",))),
        ("other", KindRule(Folds.ROW, of=("other",))),
        ("other", KindRule(Folds.ROW, of=("thing",), facts={"void": Flag()})),
        ("other", KindRule(Folds.ROW, of=("thing",), machine=LANES)),
        ("other", KindRule(Folds.COMMAND, of=("thing",))),
        ("other", KindRule(Folds.COMMAND, of=("thing",), facts={"move": Flag()}, machine=LANES)),
    ],
)
def test_a_registry_that_contradicts_itself_is_not_made(kind: str, rule: KindRule) -> None:
    """The application's mistake is found when it starts, not when somebody writes."""
    assert Registry(SOUND).kinds == SOUND
    with pytest.raises(ValueError, match="Kind "):
        Registry({**SOUND, kind: rule})


def test_a_move_without_a_transition_is_not_registered() -> None:
    """Every code of the fact `move` is a move of the machine."""
    facts = dict(REGISTRY.kinds["lane_move"].facts)
    facts["move"] = Code(frozenset({"send", "fly"}))
    with pytest.raises(ValueError, match="no move"):
        Registry({**SOUND, "other": KindRule(Folds.COMMAND, of=("thing",), facts=facts, machine=LANES)})


def test_a_whole_number_without_bounds_takes_53_bits() -> None:
    """The bounds are those of the wire."""
    assert Whole().accepts(2**53 - 1)
    assert not Whole().accepts(2**53)
