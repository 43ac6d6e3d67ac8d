"""Law: ruling command by command gives what ruling the whole log gives, and a thing has one holder."""

from hypothesis import given
from hypothesis import strategies as st

from sync.op import Header, OpClass
from sync.rulings import Command, Hold, ObjectId, ObjectState, Outcome, rule, rulings, rulings_bytes
from tests.engine_kit import AWA, LANES, SPACE, entity, name

BERTHS = [bytes([n]) * 16 for n in range(2)]
states = st.sampled_from(sorted(LANES.states))
moves = st.sampled_from(sorted(LANES.moves))


@st.composite
def logs(draw: st.DrawFn) -> list[tuple[Command, int]]:
    """Return commands of three lanes with growing server times."""
    log, server_ms = [], 0
    for n in range(1, draw(st.integers(1, 25))):
        server_ms += draw(st.integers(1, 30))
        facts: dict[str, object] = {"move": draw(moves), "expect": draw(states)}
        if draw(st.booleans()):
            facts |= {"berth": draw(st.sampled_from(BERTHS)), "until": server_ms + draw(st.integers(0, 60))}
        lane = entity(draw(st.integers(1, 3)))
        given_facts = tuple(sorted(facts.items()))
        header = Header(SPACE, AWA.device, lane, OpClass.ROW, "lane_move", 0, n, 1, None, (), given_facts)
        log.append((Command(name(n), header, LANES), server_ms))
    return log


@given(logs())
def test_a_server_that_keeps_two_rows_rules_as_a_device_that_folds_the_log(log: list[tuple[Command, int]]) -> None:
    """`rule` needs the object's state and the thing's hold, and nothing else."""
    kept_states: dict[ObjectId, ObjectState] = {}
    kept_holds: dict[bytes, Hold] = {}
    outcomes: list[Outcome] = []
    for command, server_ms in log:
        before = kept_states.get(command.target)
        ruling = rule(command, before, kept_holds.get(command.thing(before) or b""), server_ms)
        outcomes.append(ruling.outcome)
        if ruling.state is not None:
            kept_states[command.target] = ruling.state
        freed = kept_holds.get(ruling.frees) if ruling.frees is not None else None
        if ruling.frees is not None and freed is not None and freed.holder == command.target:
            del kept_holds[ruling.frees]
        if ruling.takes is not None:
            kept_holds[ruling.takes[0]] = ruling.takes[1]
    folded = rulings(log)
    assert (folded.states, folded.holds, list(folded.outcomes.values())) == (kept_states, kept_holds, outcomes)


@given(logs())
def test_an_object_holds_at_most_one_thing_and_a_pending_command_changes_nothing(
    log: list[tuple[Command, int]],
) -> None:
    """Whoever stands in a holding state by the last word on a thing is its holder."""
    folded = rulings([])
    for command, server_ms in log:
        before = rulings_bytes(folded)
        outcome = folded.apply(command, server_ms).outcome
        if outcome == Outcome.PENDING:
            del folded.outcomes[command.op_id]
            assert rulings_bytes(folded) == before
            folded.outcomes[command.op_id] = outcome
        holders = [hold.holder for hold in folded.holds.values()]
        assert len(holders) == len(set(holders))


@given(logs())
def test_a_hold_that_stands_is_never_taken_by_another(log: list[tuple[Command, int]]) -> None:
    """Only a hold whose end has come, by server time, changes hands."""
    folded = rulings([])
    for command, server_ms in log:
        before = dict(folded.holds)
        folded.apply(command, server_ms)
        for thing, hold in folded.holds.items():
            earlier = before.get(thing)
            if earlier is not None and earlier.holder != hold.holder:
                assert earlier.until is not None
                assert earlier.until <= server_ms
