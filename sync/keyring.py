"""The keys a device holds of one space, learnt from the log: epoch keys from wraps, entity secrets from genesis ops.

Nothing here is stored in clear. What a restart loses is learnt again from the log and the outbox with the device's
box key. A wrap that fails is an alarm and a missing key, never a void op: others may hold a good one.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from sync.control import Body, EpochBody, MemberBody
from sync.envelope import DoesNotOpen, open_payload
from sync.ids import DeviceId, Digest, EntityId, HeaderBytes, Sealed, SpaceId
from sync.keys import BoxKey, Epoch, KeyFails, SigningKey, device_id, op_key, open_prev, unwrap
from sync.lostkeys import LostKeys
from sync.op import Header, OpClass
from sync.payload import Payload, decode_payload
from sync.secret import EntitySecret, EpochKey, OpKey


@dataclass(frozen=True, slots=True)
class Identity:
    """A device's own keys; `box` is None for a device that is not keyed. Printing it shows nothing."""

    signing: SigningKey
    box: BoxKey | None

    @property
    def device(self) -> DeviceId:
        """The device's id."""
        return device_id(self.signing.public)


@dataclass(slots=True, repr=False)
class Keyring:
    """Epoch keys and entity secrets of one space, as one device knows them.

    Attributes:
        failed: epochs of which a wrap or a previous-key box failed and no other has opened yet: an alarm.
        lost: the keys of epochs that a restored server has lost.
    """

    space: SpaceId
    identity: Identity
    epoch_keys: dict[int, EpochKey] = field(default_factory=dict)
    secrets: dict[EntityId, EntitySecret] = field(default_factory=dict)
    failed: set[int] = field(default_factory=set)
    lost: LostKeys = field(default_factory=LostKeys)
    _prevs: dict[int, bytes] = field(default_factory=dict)
    _op_keys: dict[tuple[EntityId, int, bool], OpKey] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The newest epoch of which the key is held, under which this device writes; 0 without any."""
        in_log = max(self.epoch_keys, default=0)
        if self.lost.safest and self.lost.bars(in_log):
            return self.lost.safest
        return max(self.lost.newest, in_log)

    def learn(self, body: Body, epoch: int, commits: Mapping[int, Digest]) -> bool:
        """Take the epoch key that a valid control op brings this device, and tell whether one was learnt.

        Args:
            body: the control op's body.
            epoch: the epoch in force after the op.
            commits: every commitment so far, that of `epoch` included.
        """
        held = len(self.epoch_keys)
        self.lost.note(body, epoch)
        if isinstance(body, EpochBody):
            if body.prev is not None:
                self._prevs[body.n] = body.prev
            self._unwrap(dict(body.wraps).get(self.identity.device), body.n, commits)
        elif isinstance(body, MemberBody) and body.device == self.identity.device:
            self._unwrap(body.wrap, epoch, commits)
        self._open_prevs(commits)
        return len(self.epoch_keys) > held

    def key(self, header: Header) -> OpKey | None:
        """Return the key of an op with this header, or None while its epoch key or entity secret is missing."""
        return next(iter(self._keys(header)), None)

    def safe_epoch(self, n: int) -> int | None:
        """Return the first epoch of the log from `n` on of which nobody who is barred has the key; None for none."""
        return next((of for of in sorted(self.epoch_keys) if of >= n and not self.lost.bars(of)), None)

    def _keys(self, header: Header) -> list[OpKey]:
        """Return every key that an op with this header may be sealed with, first the one to seal it with."""
        lost, key = self._lost_keys(header), self._key_in_log(header)
        in_log = [] if key is None else [key]
        return [*lost, *in_log] if self.lost.bars(header.epoch) else [*in_log, *lost]

    def _key_in_log(self, header: Header) -> OpKey | None:
        epoch_key = self.epoch_keys.get(header.epoch)
        if epoch_key is None or not self._is_ready(header):
            return None
        name = (header.entity, header.epoch, header.op_class == OpClass.GENESIS)
        if name not in self._op_keys:
            self._op_keys[name] = self._derive(epoch_key, header)
        return self._op_keys[name]

    def open(self, header: Header, header_bytes: HeaderBytes, sealed: Sealed) -> Payload | None:
        """Return an op's payload, or None if it does not open with the keys held."""
        for one in self._keys(header):
            with suppress(DoesNotOpen):
                return decode_payload(open_payload(one, sealed, header_bytes), header)
        return None

    def is_stale(self, header: Header, header_bytes: HeaderBytes, sealed: Sealed) -> bool:
        """Tell whether an op of this device's is sealed with the key of a lost epoch that will not come back."""
        return not self.lost.stand and self.is_behind(header, header_bytes, sealed)

    def is_behind(self, header: Header, header_bytes: HeaderBytes, sealed: Sealed) -> bool:
        """Tell whether an op of this device's is sealed with another key than its epoch's number now stands for.

        While lost epochs stand, that is the one lost last: it had taken the place of those before it.
        """
        lost = self.lost.last_of(header.epoch)
        if lost is None:
            return False
        epoch_key = lost if self.lost.stand else self.epoch_keys.get(header.epoch)
        if not self._is_ready(header):
            return True
        with suppress(DoesNotOpen):
            return epoch_key is None or not open_payload(self._derive(epoch_key, header), sealed, header_bytes)
        return True

    def hold(self, entity: EntityId, secret: EntitySecret) -> None:
        """Take an entity's secret; keys derived from another one are forgotten."""
        if entity in self.secrets and self.secrets[entity] != secret:
            self._op_keys = {name: key for name, key in self._op_keys.items() if name[0] != entity or name[2]}
        self.secrets[entity] = secret

    def forget(self, entity: EntityId) -> None:
        """Let go of an entity's secret and of the keys derived from it."""
        self.secrets.pop(entity, None)
        self._op_keys = {name: key for name, key in self._op_keys.items() if name[0] != entity}

    def hold_lost(self, body: Body, epoch: int, in_log: Mapping[int, Digest]) -> None:
        """Take the epoch key that a control op brings which a restored server has lost: see `LostKeys.hold`."""
        if self.identity.box is not None:
            self.lost.hold(body, epoch, (self.space, self.identity.device, self.identity.box), in_log)

    def _lost_keys(self, header: Header) -> list[OpKey]:
        return [self._derive(key, header) for key in self.lost.of(header.epoch)] if self._is_ready(header) else []

    def _is_ready(self, header: Header) -> bool:
        return header.op_class == OpClass.GENESIS or header.entity in self.secrets

    def _derive(self, epoch_key: EpochKey, header: Header) -> OpKey:
        salt = None if header.op_class == OpClass.GENESIS else self.secrets[header.entity]
        return op_key(epoch_key, salt, self.space, header.entity, header.epoch)

    def _unwrap(self, wrapped: bytes | None, n: int, commits: Mapping[int, Digest]) -> None:
        if wrapped is None or self.identity.box is None or n in self.epoch_keys:
            return
        try:
            epoch = Epoch(self.space, n, commits[n])
            self._hold_epoch(n, unwrap(wrapped, self.identity.box, epoch, self.identity.device))
        except KeyFails:
            self.failed.add(n)

    def _open_prevs(self, commits: Mapping[int, Digest]) -> None:
        for n in sorted(self._prevs, reverse=True):
            if n in self.epoch_keys and n - 1 not in self.epoch_keys:
                previous = Epoch(self.space, n - 1, commits[n - 1])
                try:
                    self._hold_epoch(n - 1, open_prev(self._prevs[n], self.epoch_keys[n], previous))
                except KeyFails:
                    self.failed.add(n - 1)

    def _hold_epoch(self, n: int, key: EpochKey) -> None:
        self.epoch_keys[n] = key
        self.failed.discard(n)
