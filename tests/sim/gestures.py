"""What people write: random gestures that any registry allows, on what a device sees."""

from random import Random
from typing import NamedTuple

from sync.codec import Value
from sync.ids import EntityId, OpId
from sync.op import Fact
from sync.registry import Code, CodeSet, FactRule, Flag, Folds, Id, IdSet, KindRule, Registry, Whole
from sync.ruleset import MOVE
from sync.rulings import ObjectId, Rulings
from sync.writer import Amend, Edit, Genesis, Intent, Row

CANARY = "Momo dort sous le pont"
"""Begins every text that is written, so that a text in clear is found wherever it should not be."""

PAIR = 2

NAMES = ("alias/9f2c", "description", "warning", "note")


class Sight(NamedTuple):
    """What somebody has before their eyes: a few entities and rows, how commands were ruled, the hour."""

    entities: list[tuple[EntityId, str]]
    rows: list[tuple[EntityId, str, OpId]]
    rulings: Rulings
    now_ms: int


def gesture(chance: Random, registry: Registry, sight: Sight) -> list[Intent]:
    """Return one gesture: a new entity, an edit, a row or a command, or an amendment; now and then two at once."""
    first = _intent(chance, registry, sight)
    if chance.random() < 0.2:
        return [first, _intent(chance, registry, sight)]
    return [first]


def _intent(chance: Random, registry: Registry, sight: Sight) -> Intent:
    known = sight.entities
    amendable = [row for row in sight.rows if registry.kinds[row[1]].folds == Folds.ROW]
    drawn = chance.random()
    if not known or drawn < 0.1:
        return _genesis(chance, registry)
    if drawn < 0.14 and (twins := _same(chance, registry, known)) is not None:
        return twins
    if drawn < 0.5:
        return edit(chance, registry, *chance.choice(known))
    if drawn < 0.62 and amendable:
        return _amendment(chance, registry, *chance.choice(amendable))
    ruled = [one for one in known if any(rule.machine and one[1] in rule.of for rule in registry.kinds.values())]
    return _row(chance, registry, *chance.choice(ruled if ruled and chance.random() < 0.6 else known), sight)


def _genesis(chance: Random, registry: Registry) -> Genesis:
    kind = chance.choice([name for name, rule in registry.kinds.items() if rule.folds == Folds.ENTITY])
    entity = EntityId(chance.randbytes(16))
    return Genesis(entity, kind, _facts(chance, registry.kinds[kind]), _fields(chance))


def _same(chance: Random, registry: Registry, known: list[tuple[EntityId, str]]) -> Edit | None:
    """Return an edit that says of two entities that they are one, or no longer; None if there are no two to be so."""
    kinds = dict(known)
    linked = sorted(entity for entity, kind in kinds.items() if "same" in registry.kinds[kind].facts)
    if len(linked) < PAIR:
        return None
    smaller, greater = sorted(chance.sample(linked, PAIR))
    return Edit(smaller, kinds[smaller], {f"same/{greater.hex()}": chance.choice([True, True, None])}, {})


def edit(chance: Random, registry: Registry, entity: EntityId, kind: str) -> Edit:
    """Return an edit of some of an entity's names; often of the one that everybody writes, so that edits are killed."""
    if chance.random() < 0.4:
        return Edit(entity, kind, {}, {"note": f"{CANARY}, {chance.random()}"})
    return Edit(entity, kind, _facts(chance, registry.kinds[kind]), _fields(chance))


def _row(chance: Random, registry: Registry, entity: EntityId, parent: str, sight: Sight) -> Intent:
    kinds = [name for name, rule in registry.kinds.items() if parent in rule.of]
    if not kinds:
        return edit(chance, registry, entity, parent)
    kind = chance.choice(kinds)
    rule = registry.kinds[kind]
    facts = (
        _facts(chance, rule)
        if rule.machine is None
        else _command(chance, rule, _state(sight, kind, entity), sight.now_ms)
    )
    return Row(entity, kind, facts, _fields(chance))


def _state(sight: Sight, kind: str, entity: EntityId) -> str | None:
    found = sight.rulings.states.get(ObjectId(kind, entity, entity))
    return None if found is None else found.state


def _command(chance: Random, rule: KindRule, state: str | None, now_ms: int) -> dict[str, Fact]:
    """Return a command that the state allows, as a screen offers it; now and then any other."""
    machine = rule.machine
    assert machine is not None
    current = state or machine.start
    allowed = sorted(name for name, move in machine.moves.items() if current in move.before)
    onward = [name for name in allowed if any(machine.moves[name].after in m.before for m in machine.moves.values())]
    offered = onward if onward and chance.random() < 0.7 else allowed
    move = chance.choice(offered if offered and chance.random() < 0.85 else sorted(machine.moves))
    before = sorted(machine.moves[move].before)
    expect = current if current in before else chance.choice(before)
    facts: dict[str, Fact] = {MOVE: move, "expect": expect}
    if machine.hold is not None:
        facts[str(machine.hold.thing)] = bytes([chance.choice([1, 1, 2])]) * 16
        facts[str(machine.hold.until)] = now_ms + chance.randrange(0, 7_200_000)
    return facts


def _amendment(chance: Random, registry: Registry, entity: EntityId, kind: str, row: OpId) -> Amend:
    facts = _facts(chance, registry.kinds[kind])
    if chance.random() < 0.3:
        facts["void"] = chance.choice([True, None])
    return Amend(entity, kind, row, facts, {"reason/void": f"{CANARY}, {chance.random()}"})


def _facts(chance: Random, rule: KindRule) -> dict[str, Fact]:
    chosen = chance.sample(sorted(rule.facts), min(len(rule.facts), chance.choice([0, 1, 1, 2])))
    return dict(_fact(chance, name, rule.facts[name]) for name in chosen)


def _fact(chance: Random, name: str, rule: FactRule) -> tuple[str, Fact]:
    if isinstance(rule, CodeSet):
        return f"{name}/{chance.choice(sorted(rule.codes))}", chance.choice([True, None])
    if isinstance(rule, IdSet):
        return f"{name}/{chance.randbytes(16).hex()}", chance.choice([True, None])
    return name, None if chance.random() < 0.15 else _value(chance, rule)


def _value(chance: Random, rule: FactRule) -> Fact:
    match rule:
        case Flag():
            return chance.random() < 0.5
        case Code(codes):
            return chance.choice(sorted(codes))
        case Whole(least, most, step):
            low, high = -(-max(least, -99) // step), min(most, max(least, -99) + 99 * step) // step
            return chance.randint(low, max(low, high)) * step
        case Id():
            return chance.randbytes(16)
    raise AssertionError(rule)


def _fields(chance: Random) -> dict[str, Value]:
    chosen = chance.sample(NAMES, chance.choice([0, 1, 1, 2]))
    return {name: None if chance.random() < 0.1 else f"{CANARY}, {chance.random()}" for name in chosen}
