"""One life: found the space, take the steps, let every fault stop, and see whether all come together."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Final

import httpx

from sync.ahead import ahead
from sync.checkpoint import checkpoint_of, start_of
from sync.client import Refused
from sync.control import MemberBody
from sync.errors import IntegrityFailure
from sync.ids import OpId, WorkerId
from sync.registry import Registry
from sync.rotation import wrap_ahead, write_revocation, write_rotation
from sync.secret import EpochKey
from sync.start import Start
from sync.stored import encode_replica
from sync.writer import CannotWrite, first_epoch, write_control, write_founding
from tests.sim.application import ApplicationServer
from tests.sim.device import ORG, Origin, SimDevice, empty_replica, identity_of
from tests.sim.erasing import erase, note_erasures, note_starts
from tests.sim.evidence import Evidence
from tests.sim.late import late_readers, note_stubs
from tests.sim.line import Answer, DeviceKilledError, Line, Request
from tests.sim.plan import LINE_FAULTS, Plan, Step
from tests.sim.restores import RESTORES_MAX, come_back, hear, put_back
from tests.sim.server import SPACE, SimServer
from tests.sim.unruly import kill_of_row, kill_too_early

CHECKPOINT_SHARE: Final = 0.08
"""How often a device says what the checkpoint is where it stands."""
START_SHARE: Final = 0.85
SLOW_SHARE: Final = 0.6
"""How many of the new devices begin at a checkpoint, and how many on a line that drops between two pages."""
START_MS: Final = 1_795_300_200_000
YEARS_10_MS: Final = 10 * 365 * 24 * 3_600_000
FOUNDERS: Final = 3
ADMINISTRATORS: Final = 2
"""Odile, who is never cut off, and her deputy."""
ROUNDS: Final = 2
"""After the faults stop, one round sends everything and a second one brings it to everybody, or something is stuck."""


class World:
    """The devices, the server between them, the time, and what is noted of it all."""

    def __init__(self, plan: Plan, registry: Registry) -> None:
        self.plan = plan
        self.registry = registry
        self.chance = Random(plan.seed)
        self.evidence = Evidence()
        self.now = START_MS
        self.server_skew = 0
        self.at_once = 1
        self.restores_in: int | None = None
        self.server: SimServer
        self.devices: list[SimDevice] = []
        self.root: OpId | None = None

    def now_ms(self) -> int:
        """Return the time of the world."""
        return self.now

    def server_ms(self) -> int:
        """Return the server's own time."""
        return self.now + self.server_skew

    # ── The beginning and the end ──

    async def found(self) -> None:
        """Let the administrator found the space with two others, and everybody read it."""
        bodies = []
        for number in range(FOUNDERS):
            device = self.enter(number)
            bodies.append(self.body(device, roles=7 if number < ADMINISTRATORS else 1))
        epoch = first_epoch(SPACE, bodies, EpochKey(self.chance.randbytes(32)))
        odile = self.devices[0]
        self.root = write_founding(odile.replica, bodies, epoch, odile.moment())
        odile.save(odile.replica)
        for device in self.devices[1:]:
            device.replica.reader.root = self.root
        for device in self.devices:
            device.save(device.replica)
            await device.client.sync()
        await self.server.back_up()

    async def settle(self) -> None:
        """Stop every fault, synchronise until nothing moves, and bring in a reader who was never there."""
        self.server.calm()
        self.restores_in = None
        for device in self.devices:
            device.line.disarm()
            device.line.slow = None
        for _ in range(ROUNDS):
            for device in self.devices:
                await self.sync(device)
        if self.evidence.past:
            await come_back(self)
        self.evidence.log = await self.server.log()
        self.evidence.confirmed = await self.server.seen()
        members = self.devices[0].replica.reader.view.members.by_device
        for device in self.devices:
            # Who was to be cut off by somebody who was cut off first is still a member.
            device.revoked = device.identity.device in members and members[device.identity.device].revoked
            if device.revoked:
                self.evidence.cut_off.setdefault(device.identity.device, []).append(device.replica)
            else:
                self._judge_rest(device)
        note_erasures(self.evidence)
        self.note_checkpoint(self.devices[0])
        await late_readers(self)
        note_starts(self.evidence)
        if isinstance(self.server, ApplicationServer):
            written = await self.server.tables()
            await self.server.rebuild()
            rebuilt = await self.server.tables()
            self.evidence.tables = [(name, written[name], rebuilt[name]) for name in written]

    def _judge_rest(self, device: SimDevice) -> None:
        self.evidence.replicas.append(device.replica)
        if len(device.replica.outbox.sent) > len(device.replica.outbox.ops):
            self.evidence.alarms.append("I13: a store remembers ops that have long been in the log")
        if device.disk.synced != encode_replica(device.replica):
            self.evidence.alarms.append("I2: the disk holds another replica than the memory")

    def note_checkpoint(self, device: SimDevice) -> None:
        """Keep what a device says the checkpoint is where it stands."""
        view = device.replica.reader.view
        if view.cursor > 0 and not view.stubs:
            self.evidence.checkpoints[view.cursor, view.log].add(checkpoint_of(view))

    # ── Who is there ──

    def enter(self, number: int, start: Start | None = None) -> SimDevice:
        """Add a store for the device of a number, which begins at a checkpoint if it is told one."""
        identity = identity_of(number)
        chance = Random(self.chance.getrandbits(64))
        replica = empty_replica(identity, self.registry, Origin(SPACE, self.root, start), chance)
        line = Line(self._answer, self.evidence)
        worker = WorkerId(bytes([number]) * 16)
        who = len(self.devices), identity, worker
        made = SimDevice(*who, self.registry, line, self.now_ms, self.evidence, chance, replica)
        self.devices.append(made)
        self.evidence.began += start is not None
        return made

    def body(self, device: SimDevice, roles: int, wrapped: bytes | None = None) -> MemberBody:
        """Return the member body of a device."""
        assert device.identity.box is not None
        keys = device.identity.signing.public, device.identity.box.public
        return MemberBody(device.identity.device, *keys, roles, ORG, device.worker, wrapped)

    async def _answer(self, request: Request) -> Answer:
        if self.restores_in is not None and not (self.at_once > 1 and isinstance(self.server, ApplicationServer)):
            self.restores_in -= 1
            if self.restores_in < 0:
                self.restores_in = None
                await put_back(self)
        return await self.server.answer(request)

    # ── Steps ──

    async def take(self, step: Step) -> None:
        """Take one step; a device that dies in it comes back from its disk."""
        chance = Random(step.seed)
        self.now += chance.choice([0, 1_000, 60_000, 600_000, chance.randrange(0, 1_800_000)])
        device = self.devices[step.device % len(self.devices)]
        try:
            await getattr(self, f"_{step.kind}")(device, step, chance)
        except DeviceKilledError:
            device.restart()
        self.evidence.steps += 1
        if chance.random() < CHECKPOINT_SHARE:
            self.note_checkpoint(chance.choice(self.devices))
        for each in self.devices:
            note_stubs(each)
            if each.forgotten():
                self.evidence.alarms.append(f"I2: a store has forgotten an op it saved, at step {self.evidence.steps}")
            if each.shows_erased():
                self.evidence.alarms.append(
                    f"I11: a store shows what it knows to be erased, at step {self.evidence.steps}"
                )

    async def _write(self, device: SimDevice, step: Step, chance: Random) -> None:
        device.dies = step.fault
        device.write(chance)
        device.dies = ""

    async def _sync(self, device: SimDevice, step: Step, chance: Random) -> None:
        self.arm(device, step, chance)
        await self.sync(device)
        device.line.disarm()

    async def _together(self, device: SimDevice, step: Step, chance: Random) -> None:
        """Two or three at once: their requests interleave between the server's statements."""
        others = [other for other in self.devices if other is not device]
        crowd = [device, *chance.sample(others, min(len(others), chance.choice([1, 2])))]
        self.evidence.faults.add("together")
        self.arm(device, step, chance)
        self.at_once = len(crowd)
        ended = await asyncio.gather(*(self.sync(each) for each in crowd), return_exceptions=True)
        self.at_once = 1
        for each, end in zip(crowd, ended, strict=True):
            each.line.disarm()
            if isinstance(end, DeviceKilledError):
                each.restart()
            elif end is not None:
                raise end

    def arm(self, device: SimDevice, step: Step, chance: Random) -> None:
        """Let the fault of a step happen in what is done next."""
        if step.fault in {*LINE_FAULTS, "killed_in_sync"}:
            device.line.arm(step.fault, chance)
        elif step.fault == "server_killed":
            self.server.kill_soon(chance)
            self.evidence.faults.add(step.fault)
        elif step.fault == "commit_fails" and self.server.fail_commit():
            self.evidence.faults.add(step.fault)

    async def _kill(self, device: SimDevice, _step: Step, _chance: Random) -> None:
        device.restart()

    async def _clock(self, device: SimDevice, _step: Step, chance: Random) -> None:
        device.clock_jumped = True
        device.skew_ms = chance.choice([0, YEARS_10_MS, -YEARS_10_MS, chance.randrange(-7_200_000, 7_200_000)])
        self.evidence.faults.add("clock_jumps")

    async def _server_clock(self, _device: SimDevice, _step: Step, chance: Random) -> None:
        self.server_skew = chance.randrange(-3_600_000, 3_600_000)
        self.evidence.faults.add("server_clock_jumps")

    async def _join(self, _device: SimDevice, _step: Step, chance: Random) -> None:
        """The administrator admits another device; its screen knows the root, and mostly where the two stood."""
        odile, number = self.devices[0], len(self.devices)
        members, keys = ahead(odile.replica)
        if number > FOUNDERS + 2 or members.epoch not in keys:
            return
        start = Start(SPACE, *start_of(odile.replica.reader.view)) if chance.random() < START_SHARE else None
        new = self.enter(number, start)
        new.line.page_bytes = chance.choice([700, 2_000, None])
        new.line.slow = Random(chance.getrandbits(48)) if chance.random() < SLOW_SHARE else None
        assert new.identity.box is not None
        wrapped = wrap_ahead(odile.replica, new.identity.box.public, new.identity.device)
        write_control(odile.replica, self.body(new, 1, wrapped), odile.moment())
        odile.save(odile.replica)
        new.save(new.replica)

    async def _unruly(self, device: SimDevice, _step: Step, chance: Random) -> None:
        """A member's app lists kills that count for nothing."""
        if device.revoked:
            return
        others = [other for other in self.devices if self._is_the_only(other) and other is not device]
        if chance.random() < 0.5 and kill_too_early(device, others, chance):
            self.server.calm()
            await self.sync(device)
            self.evidence.faults.add("kill_too_early")
        elif kill_of_row(device, chance):
            self.evidence.faults.add("kill_of_row")

    def _is_the_only(self, device: SimDevice) -> bool:
        return sum(other.identity == device.identity for other in self.devices) == 1

    async def _clone(self, device: SimDevice, _step: Step, _chance: Random) -> None:
        """Somebody copies a profile: two stores with one device's keys, each going on by itself."""
        if device is self.devices[0] or len(self.devices) > FOUNDERS + 2 or device.revoked:
            return
        clone = self.enter(self.devices.index(device))
        clone.identity, clone.worker, clone.own = device.identity, device.worker, set(device.own)
        clone.cut_off, clone.erased = set(device.cut_off), set(device.erased)
        clone.disk.write(device.disk.synced)
        clone.disk.sync()
        clone.restart()
        self.evidence.faults.add("cloned")

    def administrators(self) -> list[SimDevice]:
        """Return the administrators' stores that are not to be cut off."""
        return [each for each in self.devices[:ADMINISTRATORS] if not each.revoked]

    async def _revoke(self, device: SimDevice, _step: Step, chance: Random) -> None:
        """An administrator cuts a device off; what it saved stays in its stores, for a salvage."""
        self.cut_off(chance.choice(self.administrators()), device)

    def cut_off(self, author: SimDevice, device: SimDevice) -> None:
        """Let an administrator revoke a device, unless they may not, or know that it is so."""
        known = ahead(author.replica).members.by_device.get(device.identity.device)
        own = {author.identity.device, self.devices[0].identity.device}
        if device.identity.device in own or known is None or known.revoked:
            return
        self.control(author, lambda: write_revocation(author.replica, [device.identity.device], author.moment()))
        for store in self.devices:
            store.revoked = store.revoked or store.identity.device == device.identity.device
        self.evidence.faults.add("revoked")

    async def _rotate(self, _device: SimDevice, _step: Step, chance: Random) -> None:
        """An administrator makes a new key, or both do, each without knowing of the other's."""
        authors = chance.sample(self.administrators(), chance.randint(1, len(self.administrators())))
        for author in authors:
            self.control(author, lambda author=author: write_rotation(author.replica, author.moment()))  # type: ignore[misc]
        self.evidence.faults.add("rotated" if len(authors) == 1 else "rotated_at_once")

    @staticmethod
    def control(author: SimDevice, write: Callable[[], object]) -> None:
        """Save control ops; an administrator to whom the key in force has not come yet writes none."""
        with suppress(CannotWrite):
            write()
        author.save(author.replica)

    async def _erase(self, device: SimDevice, step: Step, chance: Random) -> None:
        await erase(self, device, step, chance)

    async def _token(self, _device: SimDevice, _step: Step, _chance: Random) -> None:
        await self.server.forget_tokens()
        self.evidence.faults.add("token_lost")

    async def _backup(self, _device: SimDevice, _step: Step, _chance: Random) -> None:
        await self.server.back_up()

    async def _restore(self, _device: SimDevice, _step: Step, chance: Random) -> None:
        """The server comes back from its last backup, now or between two of the next requests."""
        if len(self.evidence.past) < RESTORES_MAX:
            self.restores_in = chance.choice([0, 0, chance.randrange(1, 8)])

    async def _hear(self, device: SimDevice, _step: Step, _chance: Random) -> None:
        hear(device)

    async def sync(self, device: SimDevice) -> None:
        """Let the product's client push and pull; a line that fails or a refusal ends it, as on a tablet."""
        try:
            await device.client.sync()
        except (httpx.RequestError, Refused):
            pass
        except IntegrityFailure as failure:
            is_day_over = device.clock_jumped and isinstance(failure.__cause__, httpx.RequestError)
            # A restored server does not know where this device was to begin.
            is_lost = device.replica.reader.starting and self.evidence.past
            is_harmed = device.line.harmed or (device.replica.reader.starting and device.line.start_harmed)
            device.line.start_harmed = False  # it begins again
            if not is_harmed and not is_day_over and not is_lost:
                self.evidence.alarms.append(f"I6: an honest page was refused: {failure}")
