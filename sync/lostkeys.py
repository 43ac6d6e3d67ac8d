"""Keys of epochs that a restored server has lost: they open what was sealed with them, and what is written goes on.

A server that comes back from an older backup may have lost a rotation, and with it a revocation. The device that was
cut off holds the key from before. So nothing new is sealed with that one: writing goes on under the lost epoch, and
what it seals waits in the outbox until an administrator's device brings the epoch back. If the log gets another epoch
of the same number instead, the lost ones do not stand any more, and what waits is sealed again.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from sync.control import Body, EpochBody, MemberBody
from sync.ids import DeviceId, Digest, SpaceId
from sync.keys import BoxKey, Epoch, KeyFails, open_prev, unwrap
from sync.secret import EpochKey


@dataclass(slots=True, repr=False)
class LostKeys:
    """The keys of lost epochs, as one device knows them.

    Attributes:
        stand: whether the log may still get those epochs back: it has no other of the same number.
        revoked: whom the lost control ops had revoked, also if they let them in again.
        barred: those of them for whom nothing new is sealed, whatever keys the log has given them since.
    """

    stand: bool = True
    revoked: set[DeviceId] = field(default_factory=set)
    barred: frozenset[DeviceId] = frozenset()
    _by_commitment: dict[Digest, tuple[int, EpochKey]] = field(default_factory=dict)
    _commits: dict[int, Digest] = field(default_factory=dict)
    _prevs: dict[int, bytes] = field(default_factory=dict)
    _holders: dict[int, set[DeviceId]] = field(default_factory=dict)
    _lost_holders: dict[Digest, set[DeviceId]] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The lost epoch to write under as long as it still stands; 0 for none."""
        return self.safest if self.stand else 0

    @property
    def safest(self) -> int:
        """The lost epoch whose key the fewest have who are barred, of several the newest; 0 for none."""
        ranked = [(self._barred_holders(commit), -n) for commit, (n, _) in self._by_commitment.items()]
        return -min(ranked)[1] if ranked else 0

    @property
    def highest(self) -> int:
        """The newest lost epoch, whether it stands or not; 0 for none."""
        return max((n for n, _ in self._by_commitment.values()), default=0)

    def bars(self, n: int) -> bool:
        """Tell whether the log has given its epoch `n`, or a later one that opens it, to somebody who is barred."""
        return bool(self.barred) and any(of >= n and self.barred & devices for of, devices in self._holders.items())

    def of(self, n: int) -> list[EpochKey]:
        """Return the lost keys of a number: first what the fewest have who are barred, of several the one lost last."""
        found = [(commit, key) for commit, (of, key) in reversed(self._by_commitment.items()) if of == n]
        return [key for commit, key in sorted(found, key=lambda each: self._barred_holders(each[0]))]

    def last_of(self, n: int) -> EpochKey | None:
        """Return the key of an epoch's number that was lost last: it had taken the place of those before it."""
        return next((key for of, key in reversed(self._by_commitment.values()) if of == n), None)

    def has(self, body: EpochBody) -> bool:
        """Tell whether an epoch is one of the lost ones of which this device has the key."""
        return body.commit in self._by_commitment

    def is_replaced(self, n: int, in_log: Mapping[int, Digest]) -> bool:
        """Tell whether the log has another epoch of a lost one's number; `in_log` are its commitments."""
        return n in self._commits and in_log.get(n, self._commits[n]) != self._commits[n]

    def hold(
        self, body: Body, epoch: int, opener: tuple[SpaceId, DeviceId, BoxKey], in_log: Mapping[int, Digest]
    ) -> None:
        """Take the key that a lost control op brings this device: an epoch's, or the one that it was let in with.

        Args:
            body: the control op's body.
            epoch: the epoch in force when it was written.
            opener: the space, and this device with its box key.
            in_log: the commitments of the log.
        """
        space, device, box = opener
        n, wrapped = epoch, None
        if isinstance(body, EpochBody):
            n, wrapped, self._commits[body.n] = body.n, dict(body.wraps).get(device), body.commit
            self._lost_holders[body.commit] = set(dict(body.wraps))
            self.stand = self.stand and not self.is_replaced(n, in_log)
            if body.prev is not None:
                self._prevs[n] = body.prev
        elif isinstance(body, MemberBody):
            if body.revokes:
                self.revoked.add(body.device)
            wrapped = body.wrap if body.device == device else None
            if body.wrap is not None and n in self._commits:
                self._lost_holders[self._commits[n]].add(body.device)
        known = {**in_log, **self._commits}
        if wrapped is None or n not in known:
            return
        with suppress(KeyFails):
            key = unwrap(wrapped, box, Epoch(space, n, known[n]), device)
            while True:
                self._by_commitment[known[n]] = n, key
                n, prev = n - 1, self._prevs.get(n)
                if prev is None or n not in known:
                    break
                key = open_prev(prev, key, Epoch(space, n, known[n]))

    def note(self, body: Body, epoch: int) -> None:
        """Note to whom a control op of the log gives a key; `epoch` is the one in force after it.

        An epoch of the log is one of the lost ones, or those will not come back.
        """
        holders = self._holders.setdefault(epoch, set())
        if isinstance(body, MemberBody) and body.wrap is not None:
            holders.add(body.device)
        if not isinstance(body, EpochBody):
            return
        self._holders[body.n] = {device for device, _ in body.wraps}
        self._by_commitment.pop(body.commit, None)
        is_replaced = self.is_replaced(body.n, {body.n: body.commit})
        self.stand = self.stand and not is_replaced and not self.of(body.n)
        if body.prev is not None:
            self._prevs.setdefault(body.n, body.prev)

    def _barred_holders(self, commit: Digest) -> int:
        """Return how many who are barred have a key; an epoch of the log, which a lost one opens, comes last."""
        holders = self._lost_holders.get(commit)
        return len(self.barred) + 1 if holders is None else len(self.barred & holders)
