"""Keys of epochs that a restored server has lost: they open what was sealed with them, and what is written goes on.

A server that comes back from an older backup may have lost a rotation, and with it a revocation. The device that was
cut off holds the key from before. So nothing new is sealed with that one: writing goes on under the lost epoch, and
what it seals waits in the outbox until an administrator's device brings the epoch back. If the log gets another epoch
of the same number instead, the lost ones do not stand any more, and what waits is sealed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sync.control import EpochBody
from sync.ids import Digest
from sync.secret import EpochKey


@dataclass(slots=True, repr=False)
class LostKeys:
    """The keys of lost epochs, as one device knows them.

    Attributes:
        stand: whether the log may still get those epochs back: it has no other of the same number.
    """

    stand: bool = True
    _by_commitment: dict[Digest, tuple[int, EpochKey]] = field(default_factory=dict)

    @property
    def newest(self) -> int:
        """The newest lost epoch that still stands; 0 for none."""
        return max((n for n, _ in self._by_commitment.values()), default=0) if self.stand else 0

    def of(self, n: int) -> list[EpochKey]:
        """Return the lost keys of an epoch's number, the one lost last first."""
        return [key for of, key in reversed(self._by_commitment.values()) if of == n]

    def hold(self, n: int, commitment: Digest, key: EpochKey, in_log: Mapping[int, Digest]) -> None:
        """Take the key of a lost epoch; `in_log` holds the commitments of the log, of which it is none."""
        self._by_commitment[commitment] = n, key
        self.stand = self.stand and n not in in_log

    def note(self, body: EpochBody) -> EpochKey | None:
        """Note what an epoch of the log makes of the lost ones: it is one of them, or they will not come back.

        The key of one that came back is returned: it is a lost one no more.
        """
        _, key = self._by_commitment.pop(body.commit, (0, None))
        self.stand = self.stand and (key is not None or not self.of(body.n))
        return key
