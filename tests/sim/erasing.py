"""Erasures: who says them, of whom, and what else happens at that moment."""

from collections.abc import Callable, Mapping
from random import Random
from typing import TYPE_CHECKING, Final

from sync.control import ROLE_ERASE, EraseBody
from sync.ids import EntityId, StreamId
from sync.outbox import Outbox
from sync.rotation import write_rotation
from sync.stored import decode_replica, encode_replica
from sync.writer import write_control, write_erasure
from tests.sim.device import SimDevice
from tests.sim.evidence import Evidence
from tests.sim.gestures import edit
from tests.sim.line import DeviceKilledError, Request
from tests.sim.logs import Logs, erase_ops, erasers
from tests.sim.plan import Step
from tests.sim.restores import RESTORES_MAX, put_back
from tests.sim.server import SPACE

if TYPE_CHECKING:
    from tests.sim.world import World

AT_ONCE_SHARE: Final = 0.5
"""How often an erasure with which nothing else happens is sent at once."""
ALL_SHARE: Final = 0.5
"""How often everybody has read an erasure before it is lost."""


async def erase(world: "World", device: SimDevice, step: Step, chance: Random) -> None:
    """Let an administrator erase what their device shows; `step.fault` says what happens with it."""
    administrators = world.administrators()
    author = administrators[-1] if step.fault == "cut_off" else chance.choice(administrators)
    entities = _chosen(world, author, chance)
    if entities and step.fault == "usurped":
        await _usurp(world, entities[0])
    elif entities:
        await _before(world, device, entities[0], step.fault, chance)
        world.evidence.faults.add("erase")
        world.control(author, lambda: write_erasure(author.replica, entities, author.moment()))
        await _send(world, author, step, chance)
        await _after(world, device, step.fault, chance)


async def _before(world: "World", device: SimDevice, entity: EntityId, fault: str, chance: Random) -> None:
    if fault == "lost":
        await world.server.back_up()
    elif fault == "pulled":
        await _read_a_part(world, device, chance)
    elif fault == "late":
        _write_late(device, entity, chance)


async def _send(world: "World", author: SimDevice, step: Step, chance: Random) -> None:
    match step.fault:
        case "":
            if chance.random() < AT_ONCE_SHARE:
                await _sync(world, author)
        case "overtaken":
            await _overtake(world, author)
        case "cut_off":
            await _cut_off(world, author, chance)
        case "lost":
            await _lose(world, author, chance)
        case _:
            world.arm(author, step, chance)
            await _sync(world, author)
            author.line.disarm()


async def _after(world: "World", device: SimDevice, fault: str, chance: Random) -> None:
    if fault == "pulled":
        await _read_a_part(world, device, chance)
    elif fault == "late":
        await _sync(world, device)


def note_erasures(evidence: Evidence) -> None:
    """Note at the end of a life what was erased, how that came about, and the bytes that nobody may send any more."""
    if "erase" not in evidence.faults:
        return
    logs = Logs(evidence)
    said = [entity for entities in erase_ops(logs.final).values() for entity in entities]
    faults = {
        "erased": bool(logs.erased),
        "erased_by_one_cut_off": not erasers(logs.final).isdisjoint(evidence.cut_off),
        "erased_twice": len(set(said)) < len(said),
        "late_op": any(op.cursor > logs.erased.get(EntityId(op.header[3]), op.cursor) for op in logs.final.values()),
        "erasure_lost": any(logs.past_erased) and logs.erased.keys() >= logs.ever_erased,
    }
    evidence.faults |= {name for name, is_so in faults.items() if is_so}
    for op in evidence.ops.values():
        if op.entity in logs.erased:
            evidence.erased_bytes += [op.header, op.sealed]


def note_starts(evidence: Evidence) -> None:
    """Note which readers began at a checkpoint before an erasure, and which after one."""
    for view in (replica.reader.view for replica in evidence.replicas if replica.reader.start is not None):
        evidence.faults |= {"erased_after_a_start"} if max(view.erased.values(), default=0) > view.base > 0 else set()
        evidence.faults |= {"erased_before_a_start"} if any(at <= view.base for at in view.erased.values()) else set()


def _chosen(world: "World", author: SimDevice, chance: Random) -> list[EntityId]:
    """Return whom to erase: often such of whom there is something that an erasure may leave behind."""
    known = sorted(entity for entity, entries in author.replica.entries.items() if entries)
    are: Mapping[str, Callable[[EntityId], bool]] = {
        "erased_with_unsent": lambda entity: _has_unsent(world, author, entity),
        "erased_with_commands": lambda entity: any(c.header.entity == entity for c, _ in author.replica.commands),
        "erased_in_conflict": lambda entity: _is_in_conflict(author, entity),
        "erased_for_a_clone": lambda _: len({d.identity.device for d in world.devices}) < len(world.devices),
    }
    wanted = chance.choice([None, *are])
    fitting = known if wanted is None else list(filter(are[wanted], known)) or known
    chosen = chance.sample(fitting, min(len(fitting), chance.choice([1, 1, 1, 2, 3])))
    world.evidence.faults |= {name for name, holds in are.items() if any(map(holds, chosen))}
    world.evidence.faults |= {"erased_several"} if len(chosen) > 1 else set()
    return chosen


def _has_unsent(world: "World", author: SimDevice, entity: EntityId) -> bool:
    others = (device.replica.outbox.ops.values() for device in world.devices if device is not author)
    return any(op.header.entity == entity for ops in others for op in ops)


def _is_in_conflict(author: SimDevice, entity: EntityId) -> bool:
    state = author.replica.state(entity)
    groups = () if state is None else state.groups
    return any(register.conflict for group in groups for register in group.registers.values())


# ── What happens with it ──


async def _sync(world: "World", device: SimDevice) -> None:
    """Let a device synchronise; one that dies in it comes back from its disk."""
    try:
        await world.sync(device)
    except DeviceKilledError:
        device.restart()


async def _read_a_part(world: "World", but: SimDevice, chance: Random) -> None:
    """Let whoever is furthest behind read segment by segment until the line drops."""
    others = [each for each in world.devices if each is not but and not each.revoked]
    if not others:
        return
    reader = min(others, key=lambda each: each.replica.reader.view.cursor)
    page_bytes, reader.line.page_bytes = reader.line.page_bytes, 1
    reader.line.arm("line_drops", chance)
    await _sync(world, reader)
    reader.line.disarm()
    reader.line.page_bytes = page_bytes


def _write_late(device: SimDevice, entity: EntityId, chance: Random) -> None:
    """Write something about an entity that is about to be erased, on a device that has not heard of it."""
    kinds = dict(device.sight(chance).entities)
    if entity in kinds:
        device.save_gesture([edit(chance, device.registry, entity, kinds[entity])])


async def _overtake(world: "World", author: SimDevice) -> None:
    """Let the other administrator rotate before the erasure comes in: it is set aside, and built again."""
    said = [op.op_id for op in author.replica.outbox.ops.values() if op.header.kind == "erase"]
    for other in world.administrators():
        if other is not author:
            world.control(other, lambda other=other: write_rotation(other.replica, other.moment()))  # type: ignore[misc]
            await _sync(world, other)
    await _sync(world, author)
    view = author.replica.reader.view
    if said and view.erased and not any(name in view.first_entries for name in said):
        world.evidence.faults.add("erasure_overtaken")


async def _cut_off(world: "World", author: SimDevice, chance: Random) -> None:
    """Let the one who erases be cut off, by the other, before the erasure was sent or after."""
    if chance.random() < AT_ONCE_SHARE:
        await _sync(world, author)
    if author is not world.devices[0]:
        world.cut_off(world.devices[0], author)
        await _sync(world, world.devices[0])
    await _sync(world, author)


async def _lose(world: "World", author: SimDevice, chance: Random) -> None:
    """Let the server lose an erasure that its author has read, and perhaps everybody."""
    await _sync(world, author)
    readers = world.devices if chance.random() < ALL_SHARE else chance.sample(world.devices, 1)
    for device in readers:
        await _sync(world, device)
    if len(world.evidence.past) < RESTORES_MAX:
        await put_back(world)


async def _usurp(world: "World", entity: EntityId) -> None:
    """Let a member's app that is not ours erase without the role; the server must refuse it."""
    members = (each for each in world.devices if _may_not_erase(each))
    device = next(members, None)
    if device is None:
        return
    world.server.calm()
    app = decode_replica(encode_replica(device.replica), device.identity, device.registry)
    app.outbox = Outbox(app.space, device.identity.device, StreamId(device.chance.randbytes(16)))
    write_control(app, EraseBody((entity,)), device.moment())
    path = f"/v1/spaces/{SPACE.hex()}/push"
    await world.server.answer(Request("POST", path, app.push() or b""))
    world.evidence.faults.add("erasure_usurped")


def _may_not_erase(device: SimDevice) -> bool:
    own = device.replica.reader.view.members.by_device.get(device.identity.device)
    return own is not None and not own.revoked and not own.may(ROLE_ERASE) and not device.revoked
