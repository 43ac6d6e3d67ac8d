"""Law: in a set, what one device added while another removed it stays."""

from hypothesis import given
from hypothesis import strategies as st

from sync.fold import fold
from sync.liveness import FIELD
from tests.engine_kit import REGISTRY, entity, fold_op


@given(st.lists(st.sampled_from([None, True, "v"]), min_size=1, max_size=6))
def test_an_element_is_present_if_any_of_the_values_side_by_side_is(values: list[object]) -> None:
    """Add wins over any number of removals, and there is never a conflict."""
    ops = [fold_op(n, {"tags/red": value}) for n, value in enumerate(values, 1)]
    shown = fold(entity(0), ops, REGISTRY).groups[0].registers[(FIELD, "tags/red")]
    present = [value for value in values if value is not None]
    assert shown.value == (present[-1] if present else None)
    assert not shown.conflict


@given(st.lists(st.sampled_from([None, True]), min_size=2, max_size=6))
def test_an_element_removed_by_who_saw_every_addition_is_absent(values: list[object]) -> None:
    """A removal is an edit like any other."""
    ops = [fold_op(n, {"tags/red": value}) for n, value in enumerate(values, 1)]
    removal = fold_op(99, {"tags/red": None}, {"tags/red": tuple(range(1, len(values) + 1))})
    assert fold(entity(0), [*ops, removal], REGISTRY).groups[0].registers[(FIELD, "tags/red")].value is None
