"""What an entity shows: winners, candidates, conflicts, sets, high stakes, rows and duplicates."""

from dataclasses import replace

import pytest

from sync.clock import LEAD_MS_MAX
from sync.duplicates import classes, links
from sync.fold import EntityState, Register, fold, fold_bytes
from sync.ids import EntityId, OpId
from sync.liveness import FACT, FIELD, FoldOp, base_of, live_ops, superseded
from sync.op import Fact, OpClass
from sync.payload import Payload
from tests.engine_kit import REGISTRY, START_MS, entity, fold_op, name


def register(*ops: FoldOp, key: str = "x") -> Register:
    """Return a sealed name's register after these ops."""
    return fold(entity(0), live_ops(ops), REGISTRY).groups[0].registers[(FIELD, key)]


def fact_op(n: int, facts: dict[str, Fact], *bases: tuple[int, ...], **header: object) -> FoldOp:
    """Return an op that sets facts, with a base for each or none at all."""
    op = fold_op(n, {}, None, facts=tuple(sorted(facts.items())), **header)
    given = bases or ((),) * len(facts)
    fact_bases = tuple(tuple(name(base) for base in each) for each in given)
    return replace(op, payload=Payload(None, 0, None, fact_bases, ()))


def test_the_later_edit_that_saw_the_earlier_one_wins_without_conflict() -> None:
    """Its base lists what it replaces."""
    shown = register(fold_op(1, {"x": "a"}), fold_op(2, {"x": "b"}, {"x": (1,)}))
    assert (shown.value, shown.conflict, shown.winner) == ("b", False, name(2))
    assert [op_id for op_id, _ in shown.candidates] == [name(2)]


def test_edits_side_by_side_conflict_and_both_values_are_kept() -> None:
    """The greater order shows meanwhile."""
    shown = register(fold_op(1, {"x": "a"}), fold_op(2, {"x": "b"}))
    assert (shown.value, shown.conflict) == ("b", True)
    assert [value for _, value in shown.candidates] == ["a", "b"]


@pytest.mark.parametrize(("one", "other", "conflict"), [("a", "a", False), (1, True, True), (None, "", True)])
def test_values_differ_if_their_bytes_do(one: object, other: object, conflict: bool) -> None:
    """Equal values side by side are no conflict; 1 and true are two things."""
    assert register(fold_op(1, {"x": one}), fold_op(2, {"x": other})).conflict is conflict


def test_a_conflict_is_settled_by_an_edit_whose_base_lists_all() -> None:
    """And by nothing less."""
    ops = [fold_op(1, {"x": "a"}), fold_op(2, {"x": "b"})]
    assert register(*ops, fold_op(3, {"x": "c"}, {"x": (1,)})).conflict
    settled = register(*ops, fold_op(3, {"x": "c"}, {"x": (1, 2)}))
    assert (settled.value, settled.conflict, len(settled.candidates)) == ("c", False, 1)


def test_a_winner_that_somebody_superseded_stands_beside_the_sibling() -> None:
    """A backdated edit does not hide what it claims to replace: both show."""
    shown = register(fold_op(1, {"x": "old"}, hlc_ms=START_MS), fold_op(2, {"x": "new"}, {"x": (1,)}, hlc_ms=0))
    assert (shown.value, shown.conflict, len(shown.candidates)) == ("old", True, 2)


def test_a_clock_far_ahead_gains_five_minutes_and_no_more() -> None:
    """A later segment wins over it."""
    wild = fold_op(1, {"x": "wild"}, hlc_ms=2**47, server_ms=START_MS)
    late = START_MS + LEAD_MS_MAX + 1
    assert register(wild, fold_op(2, {"x": "calm"}, hlc_ms=late, server_ms=late)).value == "calm"
    assert register(wild, fold_op(2, {"x": "calm"}, hlc_ms=START_MS, server_ms=late)).value == "wild"


def test_a_set_keeps_what_one_side_added_while_the_other_removed() -> None:
    """Add wins, and a set is never in conflict."""
    added = fold_op(2, {"x/red": "v"}, {"x/red": (1,)})
    removed = fold_op(3, {"x/red": None}, {"x/red": (1,)})
    first = fold_op(1, {"x/red": "v0"})
    assert register(first, added, removed, key="x/red").value == "v"
    assert not register(first, added, removed, key="x/red").conflict
    assert register(first, removed, key="x/red").value is None


def test_high_stakes_show_the_stricter_value_until_settled() -> None:
    """The winner alone would hide a grave risk behind a later mild one."""
    ops = [fact_op(1, {"risk": "grave"}), fact_op(2, {"risk": "none"})]
    shown = fold(entity(0), ops, REGISTRY).groups[0].registers[(FACT, "risk")]
    assert (shown.value, shown.winner, shown.conflict) == ("grave", name(2), True)
    settled = fold(entity(0), [*ops, fact_op(3, {"risk": "some"}, (1, 2))], REGISTRY)
    assert settled.groups[0].registers[(FACT, "risk")].value == "some"


def test_high_stakes_show_an_unlisted_value_before_any_but_the_strictest() -> None:
    """A newer version wrote it: it may be worse than what is known."""
    assert register(fold_op(1, {"risk": "new"}), fold_op(2, {"risk": "some"}), key="risk").value == "new"
    assert register(fold_op(1, {"risk": "new"}), fold_op(2, {"risk": "grave"}), key="risk").value == "grave"


def test_high_stakes_show_the_union_until_settled() -> None:
    """Each value once, ascending by its bytes; lists are taken apart, nil is nothing."""
    ops = [fold_op(1, {"warning": ["b", "a"]}), fold_op(2, {"warning": "c"}), fold_op(3, {"warning": None})]
    assert register(*ops, key="warning").value == ["a", "b", "c"]


def test_a_row_with_a_standing_void_does_not_count_until_it_is_taken_back() -> None:
    """The row and its amendments stay readable."""
    row = fact_op(1, {"done": False}, op_class=OpClass.ROW, kind="mark")
    void = fact_op(2, {"void": True}, kind="mark", re=name(1))
    back = fact_op(3, {"void": None}, (2,), kind="mark", re=name(1))
    at_once = fact_op(3, {"void": None}, kind="mark", re=name(1))
    for ops, counts in (([row], True), ([row, void], False), ([row, void, back], True), ([row, void, at_once], False)):
        group = fold(entity(0), ops, REGISTRY).groups[0]
        assert (group.row, group.kind, group.counts) == (name(1), "mark", counts)


def test_rows_and_the_entity_are_groups_of_their_own() -> None:
    """The entity first, then its rows ascending; the same name in two groups is two registers."""
    ops = [
        fold_op(3, {"x": "row 3"}, op_class=OpClass.ROW, kind="mark"),
        fold_op(2, {"x": "row 2"}, op_class=OpClass.ROW, kind="mark"),
        fold_op(1, {"x": "own"}, op_class=OpClass.GENESIS),
    ]
    shown = fold(entity(0), ops, REGISTRY)
    assert [(group.row, group.registers[(FIELD, "x")].value) for group in shown.groups] == [
        (None, "own"),
        (name(2), "row 2"),
        (name(3), "row 3"),
    ]
    assert shown.own is shown.groups[0]
    assert fold(entity(0), ops[:2], REGISTRY).own is None


def test_a_kill_counts_against_an_earlier_edit_of_its_entity_only() -> None:
    """Genesis, rows and amendments never die, nor does what comes later."""
    edit = fold_op(1, {"x": "a"})
    spared = [
        fold_op(1, {"x": "a"}, op_class=OpClass.GENESIS),
        fold_op(1, {"x": "a"}, op_class=OpClass.ROW),
        fold_op(1, {"x": "a"}, re=name(7)),
        fold_op(1, {"x": "a"}, entity=entity(5)),
    ]
    killer = fold_op(2, {"x": "b"}, kills=(1,))
    assert live_ops([edit, killer]) == [killer]
    assert live_ops([killer, edit]) == [killer, edit]
    for op in spared:
        assert live_ops([op, killer]) == [op, killer]


def test_a_dead_op_s_kills_still_count() -> None:
    """Dead means superseded, not undone."""
    ops = [fold_op(1, {"x": "a"}), fold_op(2, {"x": "b"}, kills=(1,)), fold_op(3, {"x": "c"}, kills=(2,))]
    assert live_ops(ops) == ops[2:]


def test_what_is_wholly_superseded_may_be_killed() -> None:
    """An op of which one name still stands may not."""
    two = fold_op(1, {"x": "a", "y": "a"})
    x, y = fold_op(2, {"x": "b"}, {"x": (1,)}), fold_op(3, {"y": "b"}, {"y": (1,)})
    assert superseded([two, x]) == ()
    assert superseded([two, x, y]) == (name(1),)
    assert superseded([fold_op(1, {"x": "a"}, op_class=OpClass.GENESIS), x]) == ()
    assert len(superseded([*(fold_op(n, {}) for n in range(70)), fold_op(99, {})])) == 64


def test_the_base_of_a_name_is_every_live_op_that_sets_it_in_the_group() -> None:
    """Facts and fields are two namespaces."""
    ops = [fold_op(2, {"x": 1}), fold_op(1, {"x": 2}), fact_op(3, {"count": 1}), fold_op(4, {"x": 3}, re=name(9))]
    assert base_of(ops, None, (FIELD, "x")) == (name(1), name(2))
    assert base_of(ops, None, (FACT, "x")) == ()
    assert base_of(ops, OpId(name(9)), (FIELD, "x")) == (name(4),)


def same(smaller: int, other: str, value: Fact = True) -> EntityState:
    """Return an entity with one link."""
    return fold(entity(smaller), [fact_op(smaller, {f"same/{other}": value}, entity=entity(smaller))], REGISTRY)


def test_linked_entities_are_one_class_named_by_the_smallest() -> None:
    """Links are transitive, and nothing moves."""
    linked = [
        same(1, entity(2).hex()),
        same(2, entity(3).hex()),
        same(7, entity(8).hex()),
        same(9, entity(10).hex(), None),
    ]
    merged = {entity(1): entity(1), entity(2): entity(1), entity(3): entity(1)}
    assert classes(links(linked), set()) == merged | {entity(7): entity(7), entity(8): entity(7)}
    assert classes(links(linked), {entity(2)}) == {entity(7): entity(7), entity(8): entity(7)}
    assert classes(links(linked), {entity(3), entity(7)}) == {entity(1): entity(1), entity(2): entity(1)}


@pytest.mark.parametrize("other", [entity(1).hex(), "zz" * 16, "AB" * 16, "12"])
def test_a_link_that_is_not_from_the_smaller_to_the_greater_id_is_ignored(other: str) -> None:
    """Whatever a hostile member writes after `same/`."""
    assert classes(links([same(4, other)]), set()) == {}


def test_the_bytes_of_a_state_do_not_depend_on_the_order_of_its_ops() -> None:
    """Two replicas compare what they show byte for byte."""
    ops = [fold_op(1, {"x": "a", "y/z": 1}), fold_op(2, {"x": "b"}), fold_op(3, {"x": "r"}, op_class=OpClass.ROW)]
    assert fold_bytes(fold(entity(0), ops, REGISTRY)) == fold_bytes(fold(entity(0), ops[::-1], REGISTRY))
    assert fold_bytes(fold(entity(0), ops[:2], REGISTRY)) != fold_bytes(fold(entity(0), ops, REGISTRY))
    assert fold_bytes(fold(EntityId(b""), [], REGISTRY)) == b"\x92\xc4\x00\x90"
