"""Commands: applied, merged or pending, by the log's order and the server's time."""

import pytest

from sync.op import Header, OpClass
from sync.ruleset import HoldRule, Machine, moves_of
from sync.rulings import Command, Hold, ObjectId, Outcome, Rulings, command_of, rulings, rulings_bytes
from tests.engine_kit import AWA, LANES, REGISTRY, SPACE, entity, name

BERTH, OTHER = b"\x01" * 16, b"\x02" * 16


def command(n: int, move: str, expect: str | None, lane: int = 1, **facts: object) -> Command:
    """Return the command of a number."""
    values = {"move": move, **({"expect": expect} if expect else {}), **facts}
    header = Header(
        SPACE, AWA.device, entity(lane), OpClass.ROW, "lane_move", 0, n, 1, None, (), tuple(sorted(values.items()))
    )
    found = command_of(name(n), header, REGISTRY)
    assert found is not None
    return found


def outcomes(*commands: tuple[Command, int]) -> list[str]:
    """Return the outcome of each command in turn."""
    return [str(outcome) for outcome in rulings(commands).outcomes.values()]


def target(lane: int = 1) -> ObjectId:
    """Return the object that the commands of a lane act on."""
    return command(0, "send", None, lane).target


OPENING = [(command(1, "send", "draft"), 10), (command(2, "offer", "sent", berth=BERTH, until=100), 20)]


def test_a_command_applies_if_the_state_it_expects_is_current() -> None:
    """One made against a state that moved on is pending, and changes nothing."""
    folded = rulings([*OPENING, (command(3, "offer", "sent", berth=OTHER), 30), (command(4, "accept", "offered"), 40)])
    assert [str(outcome) for outcome in folded.outcomes.values()] == ["applied", "applied", "pending", "applied"]
    assert folded.states[target()].state == "accepted"
    assert folded.holds == {BERTH: Hold(target(), None)}


def test_a_command_that_expects_nothing_expects_the_start() -> None:
    """The first command of an object."""
    assert outcomes((command(1, "send", None), 10), (command(2, "spoil", None), 20)) == ["applied", "merged"]


@pytest.mark.parametrize(("move", "expect"), [("accept", "sent"), ("fly", "sent"), ("accept", "draft")])
def test_a_move_that_the_state_does_not_allow_is_pending(move: str, expect: str) -> None:
    """Even if it expects the state that is."""
    assert outcomes(OPENING[0], (command(2, move, expect), 20)) == ["applied", "pending"]


@pytest.mark.parametrize("facts", [{"move": 1}, {"expect": 0}, {"expect": b"\x01" * 16}, {"move": None}])
def test_facts_of_other_types_than_registered_make_a_command_pending(facts: dict[str, object]) -> None:
    """A hostile server may let them through; a reader judges them all the same."""
    values = {"move": "send", "expect": "draft"} | facts
    assert outcomes((other_command(1, LANES, **values), 10)) == ["pending"]
    assert outcomes((other_command(1, LANES, move="send", expect="draft"), 10)) == ["applied"]


def test_a_hold_s_end_is_a_whole_number_or_none() -> None:
    """True is not one, in either language."""
    to = [(other_command(1, LANES, move="send"), 1)]
    offer = other_command(2, LANES, move="offer", expect="sent", berth=BERTH, until=True)
    assert [hold.until for hold in rulings([*to, (offer, 2)]).holds.values()] == [None]


def test_equal_targets_merge() -> None:
    """Two people sent it offline: one sending."""
    assert outcomes(OPENING[0], (command(2, "send", "draft"), 20)) == ["applied", "merged"]


def test_offers_of_two_things_do_not_merge() -> None:
    """Equal states with another thing are a person's to settle."""
    same = (command(3, "offer", "sent", berth=BERTH, until=50), 30)
    other = (command(4, "offer", "sent", berth=OTHER, until=50), 40)
    assert outcomes(*OPENING, same, other) == ["applied", "applied", "merged", "pending"]


def test_a_state_prevails_over_those_it_beats_in_whatever_order_they_come() -> None:
    """Refused beats planned; spoilt beats all, and is never left."""
    to_accepted = [*OPENING, (command(3, "accept", "offered"), 30)]
    refuse, plan = command(4, "refuse", "accepted"), command(5, "plan", "accepted")
    for pair in ((refuse, plan), (plan, refuse)):
        folded = rulings([*to_accepted, (pair[0], 40), (pair[1], 50)])
        assert folded.states[target()].state == "refused"
        assert folded.outcomes[pair[1].op_id] == Outcome.MERGED
        assert folded.holds == {}
    spoilt = rulings([*to_accepted, (command(4, "spoil", "sent"), 40), (plan, 50), (command(6, "send", "draft"), 60)])
    assert spoilt.states[target()].state == "spoilt"
    assert spoilt.outcomes[name(6)] == Outcome.MERGED


def test_the_first_hold_on_a_thing_wins() -> None:
    """The second is pending as long as the first stands."""
    rival = [(command(11, "send", "draft", 2), 21), (command(12, "offer", "sent", 2, berth=BERTH, until=300), 99)]
    assert outcomes(*OPENING, *rival) == ["applied", "applied", "applied", "pending"]


def test_a_hold_has_expired_if_its_end_is_at_or_before_the_later_command_s_server_time() -> None:
    """Judged by the log, never by a clock of the author or the reader."""
    send = (command(11, "send", "draft", 2), 21)
    for server_ms, expected in ((99, "pending"), (100, "applied"), (101, "applied")):
        offer = (command(12, "offer", "sent", 2, berth=BERTH, until=300), server_ms)
        assert outcomes(*OPENING, send, offer)[-1] == expected


def test_a_lapsed_holder_does_not_take_back_what_another_holds() -> None:
    """It may go on as long as nobody took the thing."""
    late = (command(3, "accept", "offered"), 250)
    assert outcomes(*OPENING, late)[-1] == "applied"
    rival = [(command(11, "send", "draft", 2), 21), (command(12, "offer", "sent", 2, berth=BERTH, until=300), 200)]
    assert outcomes(*OPENING, *rival, late)[-1] == "pending"


def test_leaving_the_holding_states_frees_the_thing_and_only_one_s_own() -> None:
    """A lapsed holder's refusal does not free its successor's hold."""
    refuse = (command(3, "refuse", "offered"), 250)
    rival = [(command(11, "send", "draft", 2), 21), (command(12, "offer", "sent", 2, berth=BERTH, until=300), 200)]
    assert rulings([*OPENING, refuse]).holds == {}
    assert rulings([*OPENING, *rival, refuse]).holds == {BERTH: Hold(target(2), 300)}


def test_another_thing_frees_the_one_before() -> None:
    """One object holds one thing."""
    moved = (command(3, "offer", "offered", berth=OTHER, until=500), 30)
    assert rulings([*OPENING, moved]).holds == {OTHER: Hold(target(), 500)}


def test_an_erased_object_s_commands_leave_no_trace() -> None:
    """A replica that dropped them and one that never had them agree."""
    rival = [(command(11, "send", "draft", 2), 21), (command(12, "offer", "sent", 2, berth=BERTH, until=300), 99)]
    assert rulings_bytes(rulings(rival)) != rulings_bytes(rulings([*OPENING, *rival]))
    assert outcomes(*rival) == ["applied", "applied"]


def other_command(n: int, machine: Machine, **facts: object) -> Command:
    """Return a command of another machine."""
    given = tuple(sorted(facts.items()))
    return Command(name(n), Header(SPACE, AWA.device, entity(1), OpClass.ROW, "k", 0, 0, 1, facts=given), machine)


def test_an_object_may_be_named_by_a_fact_or_by_its_first_command() -> None:
    """Many objects under one entity, each opened by a command without the fact."""
    machine = Machine("new", moves_of({"open": ("new", "in"), "close": ("in", "out")}), subject="about")
    opened = other_command(1, machine, move="open")
    closed = other_command(2, machine, move="close", expect="in", about=name(1)[:16])
    assert opened.target == closed.target == ObjectId("k", entity(1), name(1)[:16])
    assert outcomes((opened, 1), (closed, 2)) == ["applied", "applied"]
    assert closed.thing(None) is None


def test_an_entity_may_itself_be_the_thing() -> None:
    """A second object under it waits until the first has left."""
    table = moves_of({"take": ("new", "in"), "leave": ("in", "out")})
    machine = Machine("new", table, subject="about", hold=HoldRule(frozenset({"in"})))
    first, second, third = (other_command(n, machine, move="take") for n in (1, 2, 3))
    left = other_command(9, machine, move="leave", expect="in", about=name(1)[:16])
    assert outcomes((first, 1), (second, 2), (left, 3), (third, 4)) == ["applied", "pending", "applied", "applied"]


def test_a_machine_knows_its_states_and_those_that_nothing_leaves() -> None:
    """Refused and spoilt end a lane; a spoilt one never reopens."""
    assert LANES.terminal == {"spoilt"}
    assert "draft" in LANES.states


def test_only_rows_of_a_ruled_kind_are_commands() -> None:
    """Anything else is folded, not ruled."""
    row = Header(SPACE, AWA.device, entity(1), OpClass.ROW, "mark", 0, 0, 1)
    assert command_of(name(1), row, REGISTRY) is None
    unknown = Header(SPACE, AWA.device, entity(1), OpClass.ROW, "unknown", 0, 0, 1)
    assert command_of(name(1), unknown, REGISTRY) is None
    assert Rulings().outcomes == {}
