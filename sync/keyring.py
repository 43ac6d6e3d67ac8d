"""The keys a device holds of one space, learnt from the log: epoch keys from wraps, entity secrets from genesis ops.

Nothing here is stored in clear. What a restart loses is learnt again from the log and the outbox with the device's
box key. A wrap that fails is an alarm and a missing key, never a void op: others may hold a good one.
"""

from collections.abc import Iterable, Mapping
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
        return max(self.lost.newest, *self.epoch_keys) if self.epoch_keys else self.lost.newest

    def learn(self, body: Body, epoch: int, commits: Mapping[int, Digest]) -> bool:
        """Take the epoch key that a valid control op brings this device, and tell whether one was learnt.

        Args:
            body: the control op's body.
            epoch: the epoch in force after the op.
            commits: every commitment so far, that of `epoch` included.
        """
        held = len(self.epoch_keys)
        if isinstance(body, EpochBody):
            back = self.lost.note(body)
            if back is not None:
                self.epoch_keys[body.n] = back
            if body.prev is not None:
                self._prevs[body.n] = body.prev
            self._unwrap(dict(body.wraps).get(self.identity.device), body.n, commits)
        elif isinstance(body, MemberBody) and body.device == self.identity.device:
            self._unwrap(body.wrap, epoch, commits)
        self._open_prevs(commits)
        return len(self.epoch_keys) > held

    def key(self, header: Header) -> OpKey | None:
        """Return the key of an op with this header, or None while its epoch key or entity secret is missing."""
        is_genesis = header.op_class == OpClass.GENESIS
        epoch_key = self.epoch_keys.get(header.epoch)
        if epoch_key is None:
            return next(iter(self._lost_keys(header)), None)
        if not is_genesis and header.entity not in self.secrets:
            return None
        name = (header.entity, header.epoch, is_genesis)
        if name not in self._op_keys:
            self._op_keys[name] = self._derive(epoch_key, header)
        return self._op_keys[name]

    def open(self, header: Header, header_bytes: HeaderBytes, sealed: Sealed) -> Payload | None:
        """Return an op's payload, or None if it does not open with the keys held."""
        key = self.key(header)
        for one in [] if key is None else [key, *self._lost_keys(header)]:
            with suppress(DoesNotOpen):
                return decode_payload(open_payload(one, sealed, header_bytes), header)
        return None

    def is_stale(self, header: Header, header_bytes: HeaderBytes, sealed: Sealed) -> bool:
        """Tell whether an op of this device's is sealed with the key of a lost epoch that will not come back."""
        if self.lost.stand or not self.lost.of(header.epoch):
            return False
        epoch_key = self.epoch_keys.get(header.epoch)
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

    def hold_lost(self, controls: Iterable[tuple[Body, int]], in_log: Mapping[int, Digest]) -> None:
        """Take the keys that came with control ops which a restored server has lost.

        An epoch may be in the log when the op that brought its key to this device is not.

        Args:
            controls: those of the log and then the lost ones, each with the epoch of its header.
            in_log: the commitments of the log.
        """
        then, commits = Keyring(self.space, self.identity), dict[int, Digest]()
        for body, epoch in controls:
            if isinstance(body, EpochBody):
                if commits.get(body.n, body.commit) != body.commit:  # the log was lost twice, and this is another one
                    self._hold_all(then, commits, in_log)
                    commits = {n: commitment for n, commitment in commits.items() if n < body.n}
                    then.epoch_keys = {n: key for n, key in then.epoch_keys.items() if n < body.n}
                commits[body.n] = body.commit
            then.learn(body, epoch, commits)
        self._hold_all(then, commits, in_log)

    def _hold_all(self, then: "Keyring", commits: Mapping[int, Digest], in_log: Mapping[int, Digest]) -> None:
        for n, key in then.epoch_keys.items():
            if in_log.get(n) == commits[n]:
                self.epoch_keys.setdefault(n, key)
            else:
                self.lost.hold(n, commits[n], key, in_log)

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
