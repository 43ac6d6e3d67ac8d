"""Law: for honest histories the candidates are the true siblings: no phantom conflict, no lost one."""

from hypothesis import given

from sync.fold import fold
from sync.liveness import FIELD, live_ops
from tests.engine_kit import REGISTRY, entity
from tests.property.histories import History, histories, wild_histories


@given(histories | wild_histories)
def test_candidates_are_the_setters_that_no_later_setter_knew(history: History) -> None:
    """Bases tell happened-before, even with clocks eleven days wrong."""
    for group in fold(entity(0), live_ops(history.log), REGISTRY).groups:
        for (namespace, name), register in group.registers.items():
            assert namespace == FIELD
            assert {op_id for op_id, _ in register.candidates} == history.true_siblings(name)
            assert register.conflict == (len(register.candidates) > 1)


@given(histories | wild_histories)
def test_the_winner_is_the_greatest_live_setter_and_a_true_sibling(history: History) -> None:
    """A server that knows facts and orders only keeps the same winner."""
    for group in fold(entity(0), live_ops(history.log), REGISTRY).groups:
        for (_, name), register in group.registers.items():
            assert register.winner == history.greatest(name)
            assert register.winner in history.true_siblings(name)
