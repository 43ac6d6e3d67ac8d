"""Every attack of a hostile server or device ends in its named refusal, and would succeed without its control."""

import pytest

from sync.stored import encode_replica
from sync.writer import Edit, write
from tests.engine_kit import moment
from tests.security.attacks.all import attacks
from tests.security.attacks.association import OWN, base, stored_victims
from tests.security.attacks.attack import Attack
from tests.security.attacks.controls import CONTROLS, without
from tests.security.attacks.victim import Victim, awake

STORED = stored_victims()
ATTACKS = tuple(attack for attack in attacks() if attack.steps)
UNCHANGED = {"integrity", "void", "waits"}


def each(*some: Attack) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("attack", some, ids=[attack.name for attack in some])


def met(attack: Attack) -> Victim:
    """Return the victim after the attack."""
    victim = awake(STORED[attack.victim])
    victim.meet(attack.steps)
    return victim


@each(*ATTACKS)
def test_it_ends_in_its_named_refusal_and_nothing_of_it_shows(attack: Attack) -> None:
    before = awake(STORED[attack.victim])
    before.meet(attack.steps[:-1])
    victim = met(attack)
    assert victim.refusal() == (None if "ignored" in attack.refused else attack.refused)
    assert victim.broken is None
    assert not all(map(victim.shows, attack.wanted))
    if attack.refused.keys() & UNCHANGED and attack.then:
        assert victim.folds() == before.folds()
    if "integrity" in attack.refused:
        is_again = attack.refused["integrity"] == "checkpoint"  # a start that is not proved begins again from nothing
        kept = awake(STORED[attack.victim]) if is_again else before
        assert encode_replica(victim.replica) == encode_replica(kept.replica)
    assert victim.unsent() == before.unsent()


@each(*ATTACKS)
def test_what_the_device_wrote_is_kept_and_it_goes_on_writing(attack: Attack) -> None:
    victim = met(attack)
    if attack.victim == "standing":
        assert shown_of_its_own(victim) == "mine"
        write(victim.replica, [Edit(OWN, "thing", {}, {"note": "later"})], moment(92))
        assert shown_of_its_own(victim) == "later"
    victim.stopped = None
    victim.meet(attack.then)
    write(
        victim.replica, [Edit(OWN, "thing", {}, {"note": "after"})], moment(93)
    ) if attack.victim == "standing" else None
    assert victim.stopped is None


def shown_of_its_own(victim: Victim) -> object:
    state = victim.replica.state(OWN)
    assert state is not None
    assert state.own is not None
    return state.own.registers[1, "note"].value


@each(*ATTACKS)
def test_when_the_server_is_honest_again_it_shows_what_all_show(attack: Attack) -> None:
    victim = met(attack)
    victim.stopped = None
    victim.meet(attack.then)
    assert (victim.stopped, victim.broken) == (None, None)
    assert victim.digest() == attack.shows


@each(*ATTACKS)
def test_without_its_controls_it_succeeds(attack: Attack) -> None:
    victim = awake(STORED[attack.victim])
    with without(attack.controls):
        victim.meet(attack.steps)
        assert victim.broken is None or ("broken",) in attack.wanted
        is_of_others = any(kind == "waiting" for kind, *_ in attack.wanted)  # what waits then is what honest ones wrote
        assert victim.refusal() != attack.refused or is_of_others
        assert [wish for wish in attack.wanted if not victim.shows(wish)] == []


@each(*(attack for attack in ATTACKS if attack.lines))
def test_behind_one_control_stands_the_next(attack: Attack) -> None:
    for count, refused in enumerate(attack.lines, 1):
        victim = awake(STORED[attack.victim])
        with without(attack.controls[:count]):
            victim.meet(attack.steps)
            assert victim.refusal() == (None if "ignored" in refused else refused)
            assert not all(map(victim.shows, attack.wanted))


@each(*(attack for attack in ATTACKS if attack.begins))
def test_who_reads_everything_and_who_begins_after_it_show_the_same(attack: Attack) -> None:
    whole = awake(STORED["fresh"])
    whole.meet([("page", base().server.page()), *attack.steps, *attack.then])
    late = awake(STORED["fresh"])
    late.meet([*attack.begins, *attack.then])
    assert [one.digest() for one in (whole, late)] == [attack.shows] * 2


def test_every_control_that_is_named_can_be_taken_away() -> None:
    """And every attack names one."""
    assert all(attack.controls for attack in ATTACKS)
    assert {control for attack in ATTACKS for control in attack.controls} <= CONTROLS
