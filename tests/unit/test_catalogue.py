"""The catalogue keeps its own rules, and each rule finds a planted kind that breaks it."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import ClassVar

import pytest
from sqlmodel import SQLModel

from server.kinds import codes, plain, sealed
from server.kinds.catalogue import HEALTH, KINDS, TABLED, code_lists
from server.kinds.contact import Contact
from server.kinds.description import CodeList, Label, Merge
from server.kinds.health import health_kind
from server.kinds.intents import fields_of
from server.kinds.kind import Command, Directory, Entity, Kind, Row, kind_name, plain_fields, sealed_fields
from server.kinds.patrol import Patrol
from server.kinds.person import Person
from server.kinds.referral import Referral
from server.kinds.registry import engine_registry
from server.kinds.rules import RULES, facts_at_once, refuse_bad_kinds
from server.kinds.sealed import Payload
from sync.limits import FACTS_MAX
from sync.op import is_code, is_name
from sync.registry import Folds, KindRule, Least, Strictest

WORD = Label("Mot", "Word")
MANY = CodeList("many", {f"code_{n}": WORD for n in range(FACTS_MAX + 1)})
SHOUTED = CodeList("shouted", {"Loud!": WORD})
MUTE = CodeList("mute", {"silent": Label("Muet", " ")})
STEP = CodeList("step", {"go": WORD})


def without_folds() -> type[Kind]:
    class PlantedWithoutFolds(Kind, table=True):
        label: ClassVar[Label] = WORD

    return PlantedWithoutFolds


def without_label() -> type[Kind]:
    class PlantedWithoutLabel(Entity, table=True):
        pass

    return PlantedWithoutLabel


def without_table() -> type[Kind]:
    class PlantedWithoutTable(Entity):
        label: ClassVar[Label] = WORD

    return PlantedWithoutTable


def with_a_swallowed_keyword() -> type[Kind]:
    class PlantedKeyword(Row, table=True, of=Person):
        label: ClassVar[Label] = WORD

    return PlantedKeyword


def under_a_row() -> type[Kind]:
    class PlantedUnderRow(Row, table=True):
        label: ClassVar[Label] = WORD
        of = next(kind for kind in KINDS if kind.folds is Folds.ROW)

    return PlantedUnderRow


def entity_under_a_person() -> type[Kind]:
    class PlantedEntityUnder(Entity, table=True):
        label: ClassVar[Label] = WORD
        of = Person

    return PlantedEntityUnder


def command_with_health() -> type[Kind]:
    class PlantedCommandWithHealth(Command, table=True):
        label: ClassVar[Label] = WORD
        of = Referral

        class Health(Payload):
            wound: str | None = sealed.text(80, "Plaie", "Wound")

    return PlantedCommandWithHealth


def with_health_under_an_entity_without() -> type[Kind]:
    class PlantedHealthUnderPatrol(Row, table=True):
        label: ClassVar[Label] = WORD
        of = Patrol

        class Health(Payload):
            wound: str | None = sealed.text(80, "Plaie", "Wound")

    return PlantedHealthUnderPatrol


def with_a_health_field_of_its_own_name() -> type[Kind]:
    class PlantedCare(Row, table=True):
        label: ClassVar[Label] = WORD
        of = Person

        class Health(Payload):
            planted_care: str | None = sealed.text(80, "Soin", "Care")

    return PlantedCare


def command_without_moves() -> type[Kind]:
    class PlantedWithoutMoves(Command, table=True):
        label: ClassVar[Label] = WORD
        of = Referral

    return PlantedWithoutMoves


def row_with_moves() -> type[Kind]:
    class PlantedRowWithMoves(Row, table=True):
        label: ClassVar[Label] = WORD
        of = Person
        moves: ClassVar = {"go": (("here",), "there")}

    return PlantedRowWithMoves


def command_without_its_lists() -> type[Kind]:
    class PlantedWithoutLists(Command, table=True):
        label: ClassVar[Label] = WORD
        of = Referral
        first_state: ClassVar = "here"
        moves: ClassVar = {"go": (("here",), "there")}
        move: str | None = plain.code(STEP, "Pas", "Step")

    return PlantedWithoutLists


def command_of_an_entity_without_state() -> type[Kind]:
    class PlantedStateless(Command, table=True):
        label: ClassVar[Label] = WORD
        of = Person
        first_state: ClassVar = "here"
        moves: ClassVar = {"go": (("here",), "there")}
        move: str | None = plain.code(STEP, "Pas", "Step")
        expect: str | None = plain.code(CodeList("spot", {"here": WORD, "there": WORD}), "Où", "Where")

    return PlantedStateless


def with_a_plain_text() -> type[Kind]:
    class PlantedPlainText(Entity, table=True):
        label: ClassVar[Label] = WORD
        alias: str | None = plain.text(80, "Surnom", "Alias")

    return PlantedPlainText


def with_a_plain_area() -> type[Kind]:
    class PlantedPlace(Row, table=True):
        label: ClassVar[Label] = WORD
        of = Person
        place: dict[str, int] | None = plain.area("Lieu", "Place")

    return PlantedPlace


def with_one_name_plain_and_sealed() -> type[Kind]:
    class PlantedTwice(Entity, table=True):
        label: ClassVar[Label] = WORD
        seen: int | None = plain.day("Vue le", "Seen")

        class Sealed(Payload):
            seen: int | None = sealed.day("Vue le", "Seen")

    return PlantedTwice


def with_the_name_of_every_rows_fact() -> type[Kind]:
    class PlantedVoid(Row, table=True):
        label: ClassVar[Label] = WORD
        of = Person

        class Sealed(Payload):
            reason: str | None = sealed.text(80, "Raison", "Reason")

    return PlantedVoid


def with_a_name_the_protocol_refuses() -> type[Kind]:
    class PlantedLongName(Entity, table=True):
        label: ClassVar[Label] = WORD
        a_name_of_more_than_thirty_two_letters: bool | None = plain.flag("Long", "Long")

    return PlantedLongName


def with_a_code_the_protocol_refuses() -> type[Kind]:
    class PlantedShout(Entity, table=True):
        label: ClassVar[Label] = WORD
        shout: str | None = plain.code(SHOUTED, "Cri", "Shout")

    return PlantedShout


def with_more_facts_than_an_op_holds() -> type[Kind]:
    class PlantedMany(Row, table=True):
        label: ClassVar[Label] = WORD
        of = Person
        many: list[str] | None = plain.codes(MANY, "Beaucoup", "Many")

    return PlantedMany


def with_a_label_in_one_language() -> type[Kind]:
    class PlantedMute(Entity, table=True):
        label: ClassVar[Label] = WORD

        class Sealed(Payload):
            mute: str | None = sealed.code(MUTE, "Muet", "Mute")

    return PlantedMute


BAD: dict[Callable[[], type[Kind]], str] = {
    without_folds: "does not state `folds`",
    without_label: "does not state `label`",
    without_table: "is no table",
    with_a_swallowed_keyword: "does not state `of`",
    under_a_row: "which is no entity",
    entity_under_a_person: "and states `of`",
    command_with_health: "no entity and no row",
    with_health_under_an_entity_without: "and patrol, under which it stands, has none",
    with_a_health_field_of_its_own_name: "the health field planted_care",
    command_without_moves: "must state moves",
    row_with_moves: "must state moves",
    command_without_its_lists: "must have a plain code `expect`",
    command_of_an_entity_without_state: "without the columns state",
    with_a_plain_text: "plain text alias: texts are sealed",
    with_a_plain_area: "has the area place: only a directory has one",
    with_one_name_plain_and_sealed: "says seen twice",
    with_the_name_of_every_rows_fact: "says reason twice",
    with_a_name_the_protocol_refuses: "not of the protocol's form",
    with_a_code_the_protocol_refuses: "not of the protocol's form",
    with_more_facts_than_an_op_holds: "facts at once",
    with_a_label_in_one_language: "label without its words",
}


@cache
def planted(plant: Callable[[], type[Kind]]) -> type[Kind]:
    """Return the planted kind, its table forgotten at once: it is none of the database's."""
    known = set(SQLModel.metadata.tables)
    kind = plant()
    for name in set(SQLModel.metadata.tables) - known:
        SQLModel.metadata.remove(SQLModel.metadata.tables[name])
    return kind


@pytest.mark.parametrize("plant", BAD, ids=lambda plant: plant.__name__)
def test_a_kind_that_breaks_a_rule_is_refused_with_its_name_and_the_rule(plant: Callable[[], type[Kind]]) -> None:
    bad = planted(plant)
    with pytest.raises(TypeError, match=re.escape(BAD[plant])) as refusal:
        refuse_bad_kinds((*KINDS, bad))
    assert str(refusal.value).startswith(kind_name(bad))


def test_every_rule_has_a_planted_kind_that_breaks_it() -> None:
    found = {next(rule for rule in RULES if rule(planted(plant))) for plant in BAD}
    assert found == set(RULES)


def test_the_catalogue_keeps_its_rules() -> None:
    refuse_bad_kinds(KINDS)


def test_a_planted_kind_leaves_no_table_behind() -> None:
    for plant in BAD:
        planted(plant)
    assert not [name for name in SQLModel.metadata.tables if name.startswith("planted")]


# ── What fits the protocol ──


@pytest.mark.parametrize("kind", KINDS, ids=kind_name)
def test_one_op_can_hold_every_fact_of_a_kind(kind: type[Kind]) -> None:
    assert facts_at_once(kind) <= FACTS_MAX


def test_an_encounter_with_every_count_and_its_salvage_fills_an_op_exactly() -> None:
    """The tightest kind: a further gender or age band needs a second row, and this test says so first."""
    assert max(facts_at_once(kind) for kind in KINDS) == FACTS_MAX


def test_every_name_and_code_fits_the_protocol() -> None:
    names = [kind_name(kind) for kind in KINDS]
    names += [name for kind in KINDS for name in (*plain_fields(kind), *sealed_fields(kind))]
    every_code = [code for codes in code_lists().values() for code in codes.codes]
    assert all(is_name(name) and "/" not in name for name in names)
    assert all(is_name(f"set/{code}") and is_code(code) for code in every_code)
    assert not is_code("Loud!")


def test_the_consents_first_code_is_the_most_restrictive() -> None:
    assert codes.CONSENT.codes == ("refused", "spoken", "written")


# ── The health space ──


def test_a_health_payload_makes_a_kind_of_its_own_under_the_health_half_of_its_entity() -> None:
    """What a nurse notes of a contact stands under the same id as the contact's person, in the other space."""
    told = engine_registry().kinds
    assert {kind_name(kind) for kind in HEALTH} == {"person_health", "contact_health"}
    assert told["person_health"] == KindRule(Folds.ENTITY)
    assert told["contact_health"] == KindRule(Folds.ROW, of=("person_health",))
    assert list(sealed_fields(health_kind(Person))) == list(Person.Health.model_fields)
    assert list(sealed_fields(health_kind(Contact))) == [*Contact.Health.model_fields, "contact"]


def test_the_server_has_no_table_and_no_fact_of_what_is_about_health() -> None:
    assert not [kind for kind in HEALTH if plain_fields(kind) or hasattr(kind, "__table__")]
    assert set(KINDS) - set(HEALTH) == set(TABLED)
    assert not set(SQLModel.metadata.tables) & {kind_name(kind) for kind in HEALTH}
    assert {kind_name(kind) for kind in TABLED} <= set(SQLModel.metadata.tables)


def test_a_python_device_writes_the_acts_as_a_set_and_the_row_they_belong_to() -> None:
    payload = health_kind(Contact).Sealed.model_validate({"acts": ("wound", "foot"), "contact": b"r" * 16})
    assert fields_of(health_kind(Contact), payload) == {"acts/wound": True, "acts/foot": True, "contact": b"r" * 16}


# ── What the engine is told ──


def _rule(kind: str) -> KindRule:
    return engine_registry().kinds[kind]


def test_every_kind_that_has_ops_is_told_to_the_engine_and_no_directory() -> None:
    told = engine_registry().kinds
    assert set(told) == {kind_name(kind) for kind in KINDS if kind.folds is not None}
    assert not set(told) & {kind_name(kind) for kind in KINDS if issubclass(kind, Directory)}


def test_of_two_consents_the_refusal_shows_and_of_two_days_the_earlier() -> None:
    stakes = _rule("person").high_stakes
    assert stakes["consent_sharing"] == Strictest(("written", "spoken", None, "refused"))
    assert stakes["consent_sharing_until"] == Least()
    named = [name for name, spec in sealed_fields(Person).items() if spec.merge is Merge.HIGH_STAKES]
    assert set(stakes) == set(named)


def test_an_error_noted_beats_every_state_and_a_refusal_an_appointment() -> None:
    machine = _rule("referral_move").machine
    assert machine is not None
    assert machine.start == "draft"
    assert machine.beats["in_error"] == machine.states - {"in_error"}
    assert machine.beats["declined_person"] == {"scheduled"}
    assert machine.terminal == {
        "completed",
        "declined_provider",
        "declined_person",
        "lost_contact",
        "withdrawn",
        "in_error",
    }


# ── The users' words ──

BAD_FRENCH = re.compile(r"['\"]|(?<![\u202f\u00a0])[;:!?»%€]|«(?![\u202f\u00a0])|\.\.\.| {2}|^\s|\s$")
BAD_ENGLISH = re.compile(r"['\"]|\s[;:!?]|\.\.\.| {2}|^\s|\s$")


def labels() -> Iterator[Label]:
    for kind in KINDS:
        yield kind.label
        yield from (spec.label for spec in (*plain_fields(kind).values(), *sealed_fields(kind).values()))
    for every in code_lists().values():
        yield from every.labels.values()


def test_every_label_has_words_in_both_languages_and_its_typography() -> None:
    assert [label for label in labels() if not (label.fr and label.en)] == []
    assert [label.fr for label in labels() if BAD_FRENCH.search(label.fr)] == []
    assert [label.en for label in labels() if BAD_ENGLISH.search(label.en)] == []


@pytest.mark.parametrize("french", ["l'accueil", "Présent ?", "Note: rue", "« Momo »", "50 %", "Suite...", " Rue"])
def test_bad_french_typography_is_found(french: str) -> None:
    """The control: each of these breaks one rule, and its correction none."""
    assert BAD_FRENCH.search(french)


@pytest.mark.parametrize("french", ["l’accueil", "Présent\u202f?", "Note\u00a0: rue", "«\u00a0Momo\u00a0»", "Suite…"])
def test_good_french_typography_is_left_alone(french: str) -> None:
    assert not BAD_FRENCH.search(french)


@pytest.mark.parametrize("english", ["person's", "Really ?", "And so on..."])
def test_bad_english_typography_is_found(english: str) -> None:
    assert BAD_ENGLISH.search(english)
