"""The header's rules, one case each, and the name of an op."""

import pytest

from sync.codec import encode
from sync.ids import EntityId, HeaderBytes, Sealed
from sync.op import HeaderFault, decode_header, encode_header, entity_of, op_id, row_name
from tests.engine_kit import entity
from tests.header_cases import BAD, ENTITY, GOOD, RAW_BAD, Case, header


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.title)
def test_a_sound_header_decodes_and_encodes_to_its_bytes(case: Case) -> None:
    """What keeps every rule is taken, and has one encoding."""
    data = HeaderBytes(encode(case.members))
    assert encode_header(decode_header(data)) == data


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.title)
def test_a_broken_header_is_refused_for_its_member(case: Case) -> None:
    """What breaks one rule is refused, and the refusal names the member or the fact."""
    with pytest.raises(HeaderFault) as fault:
        decode_header(HeaderBytes(encode(case.members)))
    assert fault.value.name == case.fault


@pytest.mark.parametrize(("title", "data", "name"), RAW_BAD, ids=[title for title, _, _ in RAW_BAD])
def test_bytes_that_are_not_the_one_encoding_are_refused(title: str, data: bytes, name: str) -> None:
    """A header has one form: anything longer, shorter or broken is none."""
    with pytest.raises(HeaderFault) as fault:
        decode_header(HeaderBytes(data))
    assert fault.value.name == name


def test_the_entity_is_read_from_a_header_that_breaks_other_rules() -> None:
    """A void op still has a name, as long as its entity can be read."""
    assert entity_of(HeaderBytes(encode(header({0: 9})))) == entity(1)
    assert entity_of(HeaderBytes(encode([1, b"", None, entity(1)]))) == entity(1)


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc0", encode([1, 2, 3]), encode(header({ENTITY: b"short"})), encode(header()) + b"\xc0", b"\xdc\x00\x00"],
)
def test_no_entity_is_read_from_bytes_that_are_no_such_array(data: bytes) -> None:
    """Not canonical, too short, or a fourth member of another length: the op has no name."""
    assert entity_of(HeaderBytes(data)) is None


def test_a_row_is_named_by_the_first_half_of_its_op_id() -> None:
    """A fact has room for sixteen bytes of the name."""
    name = op_id(EntityId(b"\x01" * 16), HeaderBytes(b"h"), Sealed(b"s"))
    assert row_name(name) == name[:16]
