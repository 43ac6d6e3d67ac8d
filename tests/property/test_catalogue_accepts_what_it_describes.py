"""Whatever the catalogue describes is accepted, and whatever it does not describe is refused by name."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from server.kinds.kind import Kind, kind_name, sealed_fields
from server.kinds.registry import engine_registry
from sync.op import Fact, decode_header, encode_header, header_fault
from tests.strategies import OP_KINDS, Facts, facts_of, header_of, refused_facts, refused_sealed, sealed_of

REGISTRY = engine_registry()

each_kind = pytest.mark.parametrize("kind", OP_KINDS, ids=kind_name)
for_each_kind = settings(max_examples=settings().max_examples // 5)
kinds_with_facts = st.sampled_from(OP_KINDS).flatmap(lambda kind: st.tuples(st.just(kind), facts_of(kind)))


@given(kinds_with_facts)
def test_every_fact_a_kind_describes_is_accepted(drawn: tuple[type[Kind], Facts]) -> None:
    header = header_of(*drawn)
    assert header_fault(header) is None
    assert REGISTRY.admits(header)
    assert REGISTRY.fact_fault(header) is None
    assert decode_header(encode_header(header)) == header


@each_kind
@for_each_kind
@given(data=st.data())
def test_a_fact_that_a_kind_does_not_describe_is_refused_by_its_name(kind: type[Kind], data: st.DataObject) -> None:
    refused: tuple[str, Fact] = data.draw(refused_facts(kind))
    name, value = refused
    facts: Facts = {good: fact for good, fact in data.draw(facts_of(kind)).items() if good != name}
    assert REGISTRY.fact_fault(header_of(kind, facts | {name: value})) == name
    assert REGISTRY.fact_fault(header_of(kind, facts)) is None


@each_kind
@for_each_kind
@given(data=st.data())
def test_every_payload_a_kind_describes_is_accepted_and_kept_as_it_is(kind: type[Kind], data: st.DataObject) -> None:
    sealed: dict[str, Any] = data.draw(sealed_of(kind))
    assert kind.Sealed.model_validate(sealed).model_dump(exclude_unset=True) == sealed


@each_kind
@for_each_kind
@given(data=st.data())
def test_a_payload_that_a_kind_does_not_describe_is_refused_by_its_name(kind: type[Kind], data: st.DataObject) -> None:
    name, value = data.draw(refused_sealed(kind))
    sealed = {good: field for good, field in data.draw(sealed_of(kind)).items() if good != name}
    with pytest.raises(ValidationError) as refusal:
        kind.Sealed.model_validate(sealed | {name: value})
    assert {error["loc"][0] for error in refusal.value.errors()} == {name}
    assert "Momo" not in str(refusal.value)


SCRIPTS = {
    "Arabic": "محمد ينام قرب الحديقة ",
    "Cyrillic": "Наташа ждёт у ворот ",
    "emoji": "👩🏽‍⚕️🫶🇫🇷",
    "composed and decomposed": "éé ﬁ ",
    "zero width and bidi": "a\u200b\u202eb\u0000",
}


@pytest.mark.parametrize("script", SCRIPTS)
@each_kind
def test_a_text_of_the_full_length_is_kept_exactly_and_one_more_refused(kind: type[Kind], script: str) -> None:
    """Lengths are code points: an emoji of several counts as several, in both languages."""
    texts = {name: spec.most for name, spec in sealed_fields(kind).items() if spec.form == "text" and spec.most}
    for name, most in texts.items():
        whole = (SCRIPTS[script] * most)[:most]
        assert getattr(kind.Sealed.model_validate({name: whole}), name) == whole
        with pytest.raises(ValidationError, match="longer than"):
            kind.Sealed.model_validate({name: whole + "x"})


def test_the_longest_text_has_ten_thousand_code_points() -> None:
    """The control of the test above: there is such a field, so the limit was really met."""
    lengths = {spec.most for kind in OP_KINDS for spec in sealed_fields(kind).values() if spec.form == "text"}
    assert max(length for length in lengths if length is not None) == 10_000
