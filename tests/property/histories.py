"""Random honest histories of one entity: devices that write, push and pull as they like, and what truly happened.

Truth is happened-before: a setter of a name is superseded if and only if a later setter of the name had it in its
causal past. The fold knows bases only and must come to the same.
"""

import random
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st
from msgspec.structs import replace as with_kills

from sync.clock import HLC_FIRST, Hlc, order, receive, tick
from sync.ids import OpId
from sync.liveness import FIELD, FoldOp, base_of, bases_of, live_ops, superseded
from sync.op import OpClass
from sync.payload import Field, Payload
from tests.engine_kit import START_MS, fold_op

NAMES = "xyz"

histories = st.integers(0, 2**32).map(lambda seed: History(seed).run())
wild_histories = st.integers(0, 2**32).map(lambda seed: History(seed, skew_ms=10**9).run())


@dataclass
class Device:
    """One store: how far it has pulled, its outbox with how much of it is pushed, and its clock."""

    skew_ms: int
    cursor: int = 0
    outbox: list[FoldOp] = field(default_factory=list)
    pushed: int = 0
    hlc: Hlc = HLC_FIRST


class History:
    """Steps of three devices and a server, driven by one seed."""

    def __init__(self, seed: int, skew_ms: int = 0) -> None:
        self.random = random.Random(seed)
        skews = [0, skew_ms, -skew_ms] if skew_ms else [0, 0, 0]
        self.devices = [Device(skew) for skew in skews]
        self.log: list[FoldOp] = []
        self.past: dict[OpId, frozenset[OpId]] = {}
        self.now_ms, self.server_ms = START_MS, START_MS

    def run(self) -> "History":
        """Take some steps, then let every device push and pull."""
        for _ in range(self.random.randrange(5, 30)):
            device = self.random.choice(self.devices)
            self.now_ms += self.random.randrange(0, 400_000)
            self.random.choice([self.write, self.write, self.push, self.pull])(device)
        for device in self.devices:
            self.push(device)
        for device in self.devices:
            while device.cursor < len(self.log):
                self.pull(device)
        return self

    def view(self, device: Device) -> list[FoldOp]:
        """Return what a device sees: the log up to its cursor, then its outbox."""
        return self.log[: device.cursor] + device.outbox

    def write(self, device: Device) -> None:
        """Set some names on what the device sees, killing what is wholly superseded now and then."""
        view = self.view(device)
        live = live_ops(view)
        number = len(self.past) + 1
        device.hlc = tick(device.hlc, max(0, self.now_ms + device.skew_ms))
        chosen = sorted(self.random.sample(NAMES, self.random.randrange(1, 4)))
        fields = tuple(Field(key, number, base_of(live, None, (FIELD, key))) for key in chosen)
        op_class = OpClass.EDIT if self.past else OpClass.GENESIS
        times = {"hlc_ms": device.hlc.ms, "hlc_ctr": device.hlc.ctr, "server_ms": None}
        op = replace(fold_op(number, {}, None, op_class=op_class, **times), payload=Payload(None, 0, None, (), fields))
        if op_class == OpClass.EDIT and self.random.random() < 0.6:
            op = replace(op, header=with_kills(op.header, kills=superseded([*live, op])))
        self.past[op.op_id] = frozenset(each.op_id for each in view).union(*(self.past[each.op_id] for each in view))
        device.outbox.append(op)

    def push(self, device: Device) -> None:
        """Log the device's unsent ops as one segment; they leave its outbox when it pulls."""
        waiting = device.outbox[device.pushed :]
        if waiting:
            self.server_ms = max(self.now_ms, self.server_ms + 1)
            self.log += [replace(op, server_ms=self.server_ms) for op in waiting]
            device.pushed = len(device.outbox)

    def pull(self, device: Device) -> None:
        """Apply some of the log, or all of it."""
        end = self.random.choice([len(self.log), self.random.randrange(device.cursor, len(self.log) + 1)])
        pulled = self.log[device.cursor : end]
        for op in pulled:
            assert op.server_ms is not None
            device.hlc = receive(device.hlc, op.header, op.server_ms)
        names = {op.op_id for op in pulled}
        device.pushed -= sum(1 for op in device.outbox if op.op_id in names)
        device.outbox = [op for op in device.outbox if op.op_id not in names]
        device.cursor = end

    def true_siblings(self, key: str) -> set[OpId]:
        """Return the setters of a name that no other setter had in its past."""
        setters = [op.op_id for op in self.log if (FIELD, key) in bases_of(op)]
        return {setter for setter in setters if not any(setter in self.past[other] for other in setters)}

    def greatest(self, key: str) -> OpId:
        """Return the live setter of greatest order."""
        setters = [op for op in live_ops(self.log) if (FIELD, key) in bases_of(op)]
        return max(setters, key=lambda op: order(op.header, op.op_id, op.server_ms)).op_id
