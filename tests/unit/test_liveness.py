"""Which kills take a value out of sight that nothing has superseded: none of an honest author."""

from hypothesis import given

from sync.ids import OpId
from sync.liveness import FIELD, FoldOp, Unjustified, live_ops, unjustified
from sync.op import OpClass
from tests.engine_kit import fold_op
from tests.property.histories import History, histories, wild_histories

GENESIS = fold_op(1, {"x": "a"}, op_class=OpClass.GENESIS)


def names(ops: list[FoldOp]) -> list[tuple[int, int, str]]:
    """Return what is unjustified as numbers of ops and the name."""
    return [(number(one.killed), number(one.killer), one.setter[1]) for one in unjustified(ops)]


def number(op_id: OpId) -> int:
    return int.from_bytes(op_id[:16])


def test_a_kill_of_what_stands_is_told_with_its_author_and_its_name() -> None:
    thief = fold_op(3, {"y": "c"}, kills=(2,))
    ops = [GENESIS, fold_op(2, {"x": "b"}, {"x": (1,)}), thief]
    assert names(ops) == [(2, 3, "x")]
    assert [number(op.op_id) for op in live_ops(ops)] == [1, 3]
    assert unjustified(ops) == [Unjustified(ops[1].op_id, thief.op_id, (FIELD, "x"))]


def test_a_kill_of_what_is_superseded_is_nothing_to_tell() -> None:
    assert names([GENESIS, fold_op(2, {"x": "b"}), fold_op(3, {"x": "c"}, {"x": (1, 2)}, kills=(2,))]) == []


def test_only_the_name_that_nothing_covers_is_told() -> None:
    ops = [GENESIS, fold_op(2, {"x": "b", "y": "b"}), fold_op(3, {"x": "c"}, {"x": (1, 2)}, kills=(2,))]
    assert names(ops) == [(2, 3, "y")]


def test_a_value_that_was_put_back_is_told_no_longer() -> None:
    ops = [GENESIS, fold_op(2, {"x": "b"}), fold_op(3, {"y": "c"}, kills=(2,))]
    assert names([*ops, fold_op(4, {"y": "d"})]) == [(2, 3, "x")]
    assert names([*ops, fold_op(4, {"x": "b"}, {"x": (1,)})]) == []


def test_a_row_s_values_are_no_answer_to_an_entity_s() -> None:
    ops = [GENESIS, fold_op(2, {"x": "b"}), fold_op(3, {"y": "c"}, kills=(2,))]
    assert names([*ops, fold_op(4, {"x": "z"}, op_class=OpClass.ROW)]) == [(2, 3, "x")]


def test_a_kill_that_does_not_count_is_nothing_to_tell() -> None:
    """A genesis, an unknown id, what comes later."""
    ops = [GENESIS, fold_op(3, {"y": "c"}, kills=(1, 2, 9)), fold_op(2, {"x": "b"})]
    assert names(ops) == []
    assert len(live_ops(ops)) == 3


@given(histories | wild_histories)
def test_an_honest_history_has_nothing_to_tell(history: History) -> None:
    assert unjustified(history.log) == []
    for device in history.devices:
        assert unjustified(history.view(device)) == []
