"""What a push writes into the kinds' tables, on both databases."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from server.journal.rebuild import ROWS_PER_STATEMENT
from server.journal.row import Values
from server.kinds.contact import Contact
from server.kinds.encounter import Encounter
from server.kinds.kind import Kind, kind_name
from server.kinds.patrol import Patrol
from server.kinds.person import Person
from server.kinds.referral import Referral, ReferralMove
from sync.ids import EntityId, OpId
from sync.op import Fact, OpClass, row_name
from sync.store.logged import LoggedOp
from tests.journal import Journal, journal_on
from tests.kind_logs import START_MS, Log
from tests.strategies import header_of

MOMO = EntityId(b"\x01" * 16)
REFERRAL = EntityId(b"\x02" * 16)


class Pushed:
    """A journal to which single ops are pushed, each in a segment of its own a second after the last."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.log = Log()

    def write(self, kind: type[Kind], facts: Mapping[str, Fact], /, **members: Any) -> LoggedOp:
        op = self.op(kind, facts, **members)
        self.journal.push([op])
        return op

    def op(self, kind: type[Kind], facts: Mapping[str, Fact], /, **members: Any) -> LoggedOp:
        self.log.server_ms += 1_000
        place = {"entity": MOMO, "hlc_ms": START_MS, "hlc_ctr": len(self.log.ops)}
        return self.log.add(header_of(kind, facts, **(place | members)))

    def edit(self, facts: Mapping[str, Fact], *kills: OpId, **members: Any) -> LoggedOp:
        return self.write(Person, facts, op_class=int(OpClass.EDIT), kills=tuple(sorted(kills)), **members)

    def amend(self, row: LoggedOp, kind: type[Kind], facts: Mapping[str, Fact], **members: Any) -> LoggedOp:
        return self.write(kind, facts, op_class=int(OpClass.EDIT), re=row.op_id, **members)

    def move(self, move: str, expect: str) -> LoggedOp:
        return self.write(ReferralMove, {"move": move, "expect": expect}, entity=REFERRAL)

    def row(self, kind: type[Kind], id_: bytes = MOMO) -> Values:
        return self.journal.tables()[kind_name(kind)][id_]

    def ruling(self, op: LoggedOp) -> str:
        return str(self.row(ReferralMove, row_name(op.op_id))["ruling"])

    def state(self) -> tuple[str, int | None]:
        row = self.row(Referral, REFERRAL)
        return row["state"], row["state_ms"]


@pytest.fixture
def pushed(database_url: str) -> Iterator[Pushed]:
    with journal_on(database_url) as journal:
        yield Pushed(journal)


# ── Entities ──


def test_a_genesis_makes_a_row_with_its_place_and_what_it_does_not_say_is_absent(pushed: Pushed) -> None:
    op = pushed.write(Person, {"age_band": "25_34", "trash": False})
    row = pushed.row(Person)
    assert (row["cursor"], row["hlc_ms"]) == (op.cursor, START_MS)
    assert (row["age_band"], row["trash"], row["gender"], row["same"]) == ("25_34", False, None, None)


def test_the_edit_of_the_greater_order_stands_though_it_came_first(pushed: Pushed) -> None:
    pushed.write(Person, {"gender": "unknown"})
    pushed.edit({"gender": "woman"}, hlc_ctr=9)
    pushed.edit({"gender": "man", "left": 7}, hlc_ctr=8)
    assert (pushed.row(Person)["gender"], pushed.row(Person)["left"]) == ("woman", 7)


def test_a_clock_ten_years_ahead_gains_five_minutes_and_no_more(pushed: Pushed) -> None:
    pushed.write(Person, {"gender": "unknown"})
    pushed.edit({"gender": "man"}, hlc_ms=START_MS * 10)
    pushed.log.server_ms += 600_000
    pushed.edit({"gender": "woman"}, hlc_ms=START_MS + 900_000)
    assert pushed.row(Person)["gender"] == "woman"


def test_a_killed_winner_gives_way_to_what_stood_before_it(pushed: Pushed) -> None:
    pushed.write(Person, {"gender": "unknown"})
    wrong = pushed.edit({"gender": "man"}, hlc_ctr=900)
    assert pushed.row(Person)["gender"] == "man"
    pushed.edit({"housing": "squat"}, wrong.op_id)
    assert (pushed.row(Person)["gender"], pushed.row(Person)["housing"]) == ("unknown", "squat")


def test_an_edit_before_its_genesis_makes_a_row_that_the_genesis_completes(pushed: Pushed) -> None:
    edit = pushed.edit({"gender": "woman"})
    assert (pushed.row(Person)["gender"], pushed.row(Person)["cursor"]) == ("woman", edit.cursor)
    genesis = pushed.write(Person, {"age_band": "minor", "gender": "unknown"}, hlc_ctr=0)
    row = pushed.row(Person)
    assert (row["gender"], row["age_band"], row["cursor"]) == ("woman", "minor", genesis.cursor)


def test_a_link_is_present_until_it_is_set_to_nil_and_links_stand_in_order(pushed: Pushed) -> None:
    one, two = "0b" * 16, "0a" * 16
    pushed.write(Person, {f"same/{one}": True})
    pushed.edit({f"same/{two}": True})
    assert pushed.row(Person)["same"] == [two, one]
    pushed.edit({f"same/{one}": None, f"same/{two}": None})
    assert pushed.row(Person)["same"] is None


def test_ops_of_another_kind_on_the_same_entity_make_a_row_of_their_own(pushed: Pushed) -> None:
    """A hostile device may write them; neither table takes harm."""
    pushed.write(Person, {"gender": "woman"})
    pushed.write(Patrol, {"slot": "night", "type": "bus"}, op_class=int(OpClass.EDIT))
    pushed.edit({"left": 3})
    assert (pushed.row(Person)["gender"], pushed.row(Person)["left"]) == ("woman", 3)
    assert pushed.row(Patrol)["slot"] == "night"


# ── Rows ──


def test_counts_stand_by_code_and_a_count_of_zero_is_absent(pushed: Pushed) -> None:
    row = pushed.write(Encounter, {"anon_woman": 2, "anon_man": 0, "anon_age_minor": 1})
    written = pushed.row(Encounter, row_name(row.op_id))
    assert (written["anon"], written["anon_age"], written["zone"]) == ({"woman": 2}, {"minor": 1}, None)
    pushed.amend(row, Encounter, {"anon_woman": None, "anon_man": 4})
    assert pushed.row(Encounter, row_name(row.op_id))["anon"] == {"man": 4}


def test_a_row_knows_its_entity_its_device_and_its_own_place(pushed: Pushed) -> None:
    row = pushed.write(Contact, {"services/kit": True, "services/care": True, "services/talk": None})
    pushed.amend(row, Contact, {"services/care": None, "services/request": True})
    written = pushed.row(Contact, row_name(row.op_id))
    assert written["services"] == ["kit", "request"]
    assert (written["entity"], written["device"]) == (MOMO, row.header.device)
    assert (written["cursor"], written["hlc_ms"]) == (row.cursor, row.header.hlc_ms)


def test_a_void_row_stays_and_says_so_until_it_is_taken_back(pushed: Pushed) -> None:
    row = pushed.write(Contact, {"services/kit": True})
    for value, void in ((True, True), (None, False), (True, True), (False, False)):
        pushed.amend(row, Contact, {"void": value})
        written = pushed.row(Contact, row_name(row.op_id))
        assert (written["void"], written["services"]) == (void, ["kit"])


def test_a_row_and_its_amendments_in_one_push_are_one_row(pushed: Pushed) -> None:
    row = pushed.op(Contact, {"services/kit": True})
    amendment = pushed.op(Contact, {"services/talk": True}, op_class=int(OpClass.EDIT), re=row.op_id)
    asked = pushed.journal.push([row, amendment]).asked
    assert pushed.row(Contact, row_name(row.op_id))["services"] == ["kit", "talk"]
    assert asked == []


def test_a_row_projected_again_after_its_amendment_keeps_what_was_amended(pushed: Pushed) -> None:
    row = pushed.write(Contact, {"services/kit": True})
    pushed.amend(row, Contact, {"services/kit": None, "services/care": True})
    pushed.journal.project([row])
    assert pushed.row(Contact, row_name(row.op_id))["services"] == ["care"]


# ── Commands ──


def test_commands_are_ruled_in_cursor_order_and_their_entity_shows_the_state_and_since_when(pushed: Pushed) -> None:
    pushed.write(Referral, {"mode": "live"}, entity=REFERRAL)
    assert pushed.state() == ("draft", None)
    sent = pushed.move("send", "draft")
    claimed = pushed.move("claim", "sent")
    again = pushed.move("claim", "sent")
    late = pushed.move("waitlist", "sent")
    assert [pushed.ruling(op) for op in (sent, claimed, again, late)] == ["applied", "applied", "merged", "pending"]
    assert pushed.state() == ("triage", claimed.server_ms)
    assert pushed.row(ReferralMove, row_name(claimed.op_id))["server_ms"] == claimed.server_ms


def test_an_error_noted_beats_what_was_done_meanwhile(pushed: Pushed) -> None:
    for move, expect in (("send", "draft"), ("claim", "sent")):
        pushed.move(move, expect)
    error = pushed.move("mark_in_error", "sent")
    assert (pushed.ruling(error), pushed.state()[0]) == ("merged", "in_error")


@pytest.mark.parametrize("first", ["schedule", "decline_person"])
def test_a_refusal_beats_an_appointment_in_either_order(pushed: Pushed, first: str) -> None:
    for move, expect in (("send", "draft"), ("claim", "sent"), ("offer", "triage"), ("accept", "offered")):
        pushed.move(move, expect)
    second = {"schedule": "decline_person", "decline_person": "schedule"}[first]
    assert pushed.ruling(pushed.move(first, "accepted")) == "applied"
    assert pushed.ruling(pushed.move(second, "accepted")) == "merged"
    assert pushed.state()[0] == "declined_person"


def test_a_state_reached_before_the_genesis_stays_when_the_genesis_and_its_edits_come(pushed: Pushed) -> None:
    sent = pushed.move("send", "draft")
    assert pushed.row(Referral, REFERRAL)["cursor"] == sent.cursor
    genesis = pushed.write(Referral, {"mode": "live"}, entity=REFERRAL)
    pushed.write(Referral, {"mode": "logged"}, entity=REFERRAL, op_class=int(OpClass.EDIT))
    row = pushed.row(Referral, REFERRAL)
    assert pushed.state() == ("sent", sent.server_ms)
    assert (row["mode"], row["cursor"]) == ("logged", genesis.cursor)


# ── Cost ──


def crowd(pushed: Pushed, count: int) -> list[LoggedOp]:
    return [pushed.op(Person, {"gender": "woman"}, entity=EntityId(n.to_bytes(16))) for n in range(1, count + 1)]


def test_five_hundred_people_cost_two_statements_and_no_look_into_the_log(pushed: Pushed) -> None:
    pushed.journal.push(crowd(pushed, 1))  # the connection's own first statements
    ops = crowd(pushed, 500)[1:]
    pushed.journal.statements.clear()
    assert pushed.journal.push(ops).asked == []
    about_people = [statement for statement in pushed.journal.statements if "person" in statement]
    assert len(about_people) == 2
    assert len(pushed.journal.tables()["person"]) == 500


def test_five_hundred_rows_cost_one_statement_however_many_there_are(pushed: Pushed) -> None:
    pushed.write(Contact, {"services/kit": True})
    ops = [pushed.op(Contact, {"services/kit": True}) for _ in range(500)]
    pushed.journal.statements.clear()
    assert pushed.journal.push(ops).asked == []
    assert len([statement for statement in pushed.journal.statements if "contact" in statement]) == 1
    assert len(pushed.journal.tables()["contact"]) == 501


def test_only_groups_that_began_earlier_are_read_from_the_log(pushed: Pushed) -> None:
    """The control of the test above: an edit of an older person does look."""
    pushed.write(Person, {"gender": "woman"})
    edit = pushed.op(Person, {"gender": "man"}, op_class=int(OpClass.EDIT))
    assert pushed.journal.push([edit]).asked == [(MOMO, None, "person")]


def test_the_same_id_in_another_association_is_another_row(pushed: Pushed) -> None:
    pushed.write(Person, {"gender": "woman"})
    pushed.journal.begin(b"c" * 16)
    assert pushed.journal.push([pushed.op(Person, {"gender": "man"})]).asked == []
    assert pushed.row(Person)["gender"] == "man"
    pushed.journal.org = b"o" * 16
    assert pushed.row(Person)["gender"] == "woman"


# ── Rebuild ──


def test_a_rebuild_writes_more_rows_than_one_statement_takes(pushed: Pushed) -> None:
    ops = crowd(pushed, ROWS_PER_STATEMENT + 1)
    ops += [pushed.op(ReferralMove, {"move": "send", "expect": "draft"}, entity=op.header.entity) for op in ops]
    pushed.journal.push(ops)
    before = pushed.journal.tables()
    pushed.journal.rebuild()
    assert pushed.journal.tables() == before
    assert len(before["person"]) == len(before["referral"]) == ROWS_PER_STATEMENT + 1


def test_a_rebuild_removes_what_the_log_does_not_hold_and_leaves_other_associations_alone(pushed: Pushed) -> None:
    pushed.write(Person, {"gender": "woman"})
    pushed.journal.begin(b"c" * 16)
    pushed.write(Person, {"gender": "man"})
    pushed.journal.log.clear()
    pushed.journal.rebuild()
    assert pushed.journal.tables()["person"] == {}
    pushed.journal.org = b"o" * 16
    assert pushed.row(Person)["gender"] == "woman"


def test_ops_of_a_kind_that_has_no_ops_or_is_retired_are_left_alone_at_push_and_rebuild(pushed: Pushed) -> None:
    """No op becomes a line of the directory, which people change over REST."""
    retired = {"kind": "horse", "op_class": int(OpClass.ROW)}
    pushed.write(Person, {"gender": "woman"})
    pushed.write(Person, {"colour": "grey"}, **retired)
    pushed.write(Person, {"name": "grey"}, kind="zone", entity=REFERRAL)
    before = pushed.journal.tables()
    assert sum(map(len, before.values())) == 1
    pushed.journal.rebuild()
    assert pushed.journal.tables() == before


def test_a_fact_or_code_that_is_retired_neither_crashes_a_row_nor_stands_in_it(pushed: Pushed) -> None:
    """A log is older than the catalogue that reads it: what was a fact once may have no column now."""
    pushed.write(Person, {"gender": "woman", "shoe_size": 42, "hats/bowler": True})
    assert pushed.row(Person)["gender"] == "woman"
    assert not {"shoe_size", "hats"} & set(pushed.row(Person))
