"""Law: merging is a union, unmerging takes out one and no other, and devices that did either apart come to the same."""

from dataclasses import dataclass, field, replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sync.duplicates import Linking, classes, links, merge, unmerge
from sync.fold import EntityState, fold
from sync.ids import EntityId
from sync.liveness import FACT, FoldOp, base_of, live_ops
from sync.payload import Payload
from tests.engine_kit import REGISTRY, START_MS, entity, fold_op

PEOPLE = [entity(n) for n in range(1, 7)]
people = st.sampled_from(PEOPLE)
groups = st.lists(people, min_size=1, max_size=4)
erasures = st.sets(people, max_size=2)


@dataclass
class Device:
    """A log as one device has it, in view order, and the number of its next op."""

    number: int = 1
    log: list[FoldOp] = field(default_factory=list)
    erased: set[EntityId] = field(default_factory=set)

    def write(self, edits: list[Linking]) -> None:
        """Save some edits, each with the bases that the writer would give it."""
        for edit in edits:
            facts = tuple(sorted(edit.facts.items()))
            live = live_ops(op for op in self.log if op.header.entity == edit.entity)
            bases = tuple(base_of(live, None, (FACT, name)) for name, _ in facts)
            op = fold_op(self.number, {}, entity=edit.entity, facts=facts, hlc_ms=START_MS + self.number)
            self.log.append(replace(op, payload=Payload(None, 0, None, bases, ())))
            self.number += 1

    def merge(self, *entities: EntityId) -> "Device":
        """Make one of several."""
        self.write(merge([one for one in entities if one not in self.erased]))
        return self

    def unmerge(self, one: EntityId) -> "Device":
        """Take one out."""
        self.write(unmerge(one, links(self.states()), self.erased))
        return self

    def states(self) -> list[EntityState]:
        """Return what each entity that is not erased shows."""
        ops = {one: [op for op in self.log if op.header.entity == one] for one in PEOPLE if one not in self.erased}
        return [fold(one, live_ops(of), REGISTRY) for one, of in ops.items()]

    def classes(self) -> dict[EntityId, EntityId]:
        """Return the name of each class by its members, a lone entity's own name included."""
        found = classes(links(self.states()), self.erased)
        return {one: found.get(one, one) for one in PEOPLE if one not in self.erased}

    def apart(self, lead: int) -> "Device":
        """Return a second device that saw the same and writes ops of its own."""
        return Device(self.number + lead, list(self.log), set(self.erased))


@st.composite
def devices(draw: st.DrawFn) -> Device:
    """Return a device after some merges and unmerges."""
    device = Device()
    for _ in range(draw(st.integers(0, 5))):
        if draw(st.integers(0, 3)):
            device.merge(*draw(groups))
        else:
            device.unmerge(draw(people))
    device.erased = draw(erasures)
    return device


def both(one: Device, other: Device, *, first: bool) -> Device:
    """Return a device that has pulled what two wrote: one's ops stand first in the log, or the other's."""
    begun, added = (one, other) if first else (other, one)
    known = {op.op_id for op in begun.log}
    log = begun.log + [op for op in added.log if op.op_id not in known]
    return Device(10_000, log, one.erased)


@given(devices(), groups)
def test_the_order_in_which_people_are_merged_does_not_matter(device: Device, group: list[EntityId]) -> None:
    """Commutative, associative and idempotent: all at once, one after the other, backwards, twice."""
    at_once, backwards, twice = (device.apart(0) for _ in range(3))
    at_once.merge(*group)
    backwards.merge(*reversed(group))
    one_by_one = device.apart(0)
    for a, b in pairwise(group):
        one_by_one.merge(b, a)
    twice.merge(*group).merge(*group)
    alive = [one for one in group if one not in device.erased]
    assert len({at_once.classes()[one] for one in alive}) <= 1
    assert at_once.classes() == backwards.classes() == twice.classes()
    if alive == group:
        assert one_by_one.classes() == at_once.classes()


@given(devices(), groups)
def test_a_class_is_named_by_its_smallest_that_is_not_erased(device: Device, group: list[EntityId]) -> None:
    """And holds its own name."""
    for one, name in device.merge(*group).classes().items():
        assert name <= one
        assert device.classes()[name] == name
        assert name not in device.erased


@given(devices(), people)
def test_who_is_unmerged_is_alone_and_the_rest_of_the_class_is_one_still(device: Device, one: EntityId) -> None:
    """Whoever held the class together, and whoever was erased in its middle."""
    before = device.classes()
    after = device.apart(0).unmerge(one).classes()
    if one in device.erased:
        assert after == before
        return
    assert [other for other, name in after.items() if name == after[one]] == [one]
    for a in before.keys() - {one}:
        for b in before.keys() - {one}:
            assert (after[a] == after[b]) == (before[a] == before[b])


@given(devices(), people)
def test_to_unmerge_twice_is_to_unmerge_once(device: Device, one: EntityId) -> None:
    """There is nothing left to write."""
    device.unmerge(one)
    written = len(device.log)
    assert len(device.unmerge(one).log) == written


@given(devices(), st.lists(st.one_of(groups, people), max_size=4), st.lists(st.one_of(groups, people), max_size=4))
def test_devices_that_merged_and_unmerged_apart_come_to_the_same(
    device: Device, mine: list[EntityId | list[EntityId]], theirs: list[EntityId | list[EntityId]]
) -> None:
    """In whichever order the log took them; and what nobody took back who had seen it stands."""
    awa, bruno = device.apart(0), device.apart(1_000)
    for who, deeds in ((awa, mine), (bruno, theirs)):
        for deed in deeds:
            if isinstance(deed, list):
                who.merge(*deed)
            else:
                who.unmerge(deed)
    together = both(awa, bruno, first=True)
    assert together.classes() == both(awa, bruno, first=False).classes()
    kept = links(together.states())
    seen = links(device.states())
    assert links(awa.states()) - seen <= kept
    assert links(bruno.states()) - seen <= kept


@given(devices(), people, people, people)
def test_after_a_merge_and_an_unmerge_apart_one_more_unmerge_takes_effect(
    device: Device, a: EntityId, b: EntityId, out: EntityId
) -> None:
    """What is added wins meanwhile, and nobody is stuck with it."""
    awa, bruno = device.apart(0).merge(a, b), device.apart(1_000).unmerge(out)
    together = both(awa, bruno, first=True).unmerge(out).classes()
    if out not in device.erased:
        assert [one for one, name in together.items() if name == together[out]] == [out]


def test_a_merge_that_another_device_did_not_see_outlives_its_unmerge() -> None:
    """The control: the laws above speak of links that are there."""
    device = Device().merge(PEOPLE[0], PEOPLE[1])
    awa, bruno = device.apart(0).merge(PEOPLE[1], PEOPLE[2]), device.apart(1_000).unmerge(PEOPLE[1])
    assert bruno.classes()[PEOPLE[1]] == PEOPLE[1]
    together = both(awa, bruno, first=True).classes()
    assert together[PEOPLE[1]] == together[PEOPLE[2]] == PEOPLE[1]
    assert together[PEOPLE[0]] == PEOPLE[0]
