"""While two tablets disagree about a consent, the more careful answer shows."""

import pytest

from server.kinds.person import Person
from server.kinds.registry import engine_registry
from sync.codec import Value
from sync.fold import Register, fold
from sync.ids import OpId
from sync.liveness import FIELD, FoldOp
from sync.op import OpClass
from sync.payload import Field, Payload
from tests.strategies import header_of


def disagreement(name: str, *values: Value) -> Register:
    """Return what a device shows of values written by devices that had not seen each other's."""
    ops = [_edit(name, value, number) for number, value in enumerate(values)]
    own = fold(ops[0].header.entity, ops, engine_registry()).own
    assert own is not None
    return own.registers[FIELD, name]


def _edit(name: str, value: Value, number: int) -> FoldOp:
    header = header_of(Person, {}, op_class=int(OpClass.EDIT), hlc_ctr=number)
    payload = Payload(None, 0, fields=(Field(name, value, ()),))
    return FoldOp(OpId(bytes([number]) * 32), header, 0, payload)


@pytest.mark.parametrize(
    ("careful", "other"),
    [
        ("refused", "written"),
        ("refused", None),
        ("spoken", "written"),
        (None, "written"),
        (None, "spoken"),
        ("code_of_a_newer_version", "written"),
        ("refused", "code_of_a_newer_version"),
    ],
)
def test_the_more_careful_consent_shows_whichever_was_written_last(careful: Value, other: Value) -> None:
    for values in ((careful, other), (other, careful)):
        register = disagreement("consent_sharing", *values)
        assert (register.value, register.conflict) == (careful, True)


@pytest.mark.parametrize(("shown", "other"), [(100, 200), (200, None), (100, "no day")])
def test_the_earlier_end_of_a_consent_shows_and_any_end_before_none(shown: Value, other: Value) -> None:
    for values in ((shown, other), (other, shown)):
        assert disagreement("consent_sharing_until", *values).value == shown


def test_two_ends_of_which_none_is_a_day_show_none() -> None:
    assert disagreement("consent_sharing_until", None, "no day").value is None


def test_without_disagreement_a_consent_shows_as_it_was_written() -> None:
    """The control: care is for conflicts only."""
    for values in (("written",), ("written", "written")):
        register = disagreement("consent_sharing", *values)
        assert (register.value, register.conflict) == ("written", False)
