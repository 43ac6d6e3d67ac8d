"""The victim: what becomes of it when it meets the steps of an attack, and what it shows afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from sync.checkpoint import checkpoint_of
from sync.errors import IntegrityFailure
from sync.fold import fold_bytes
from sync.ids import Digest, OpId, StreamId
from sync.liveness import unjustified
from sync.log import decode_receipt
from sync.outbox import OutState
from sync.replica import Applied, Replica, new_replica
from sync.restore import step_back
from sync.rulings import rulings_bytes
from sync.start import Start
from sync.stored import decode_replica
from tests.engine_kit import REGISTRY, SAMIR, SPACE, START_MS, chance
from tests.security.attacks.association import ENTITIES
from tests.security.attacks.attack import Refused, Step, Wish
from tests.security.attacks.wishes import WISHES


@dataclass(slots=True)
class Victim:
    """A replica, and what it was told while it met some steps.

    Attributes:
        void: the verdicts of the void ops that it read.
        failed: the epochs of which a key failed.
        stopped: the check that stopped it, if one did.
        broken: what else stopped it, which nothing should.
    """

    replica: Replica
    void: set[str] = field(default_factory=set)
    failed: frozenset[int] = frozenset()
    stopped: str | None = None
    broken: Exception | None = None

    def meet(self, steps: Sequence[Step]) -> None:
        """Meet some steps, until one of them stops it."""
        for step in steps:
            try:
                self._meet(*step)
            except IntegrityFailure as failure:
                self.stopped = str(failure.reason)
                return
            except Exception as error:  # noqa: BLE001 - that nothing else stops a victim is what is judged
                self.broken = error
                return

    def _meet(self, kind: str, data: bytes | int) -> None:
        match kind, data:
            case "page", bytes():
                self._applied(self.replica.apply_page(data, START_MS))
            case "begin", bytes():
                start = Start(SPACE, int.from_bytes(data[:8]), Digest(data[8:]))
                root, stream = self.replica.reader.root, StreamId(chance(7)(16))
                self.replica = new_replica(SAMIR, REGISTRY, SPACE, root, stream, start)
            case "start", bytes():
                self.replica.apply_start(data)
            case "proof", bytes():
                self._applied(self.replica.finish_start(data, START_MS))
            case "receipt", bytes():
                self.replica.push()
                assert self.replica.accept(decode_receipt(data), START_MS)
            case "back", int():
                step_back(self.replica, data, StreamId(chance(data)(16)), START_MS)
            case _:
                raise AssertionError(kind)

    def _applied(self, applied: Applied) -> None:
        self.void |= {str(entry.void) for entry in applied.void}
        self.failed = applied.failed_epochs

    def refusal(self) -> Refused | None:
        """Return how what it met has ended; None if nothing was refused."""
        if self.stopped is not None:
            return {"integrity": self.stopped}
        if self.void:
            return {"void": " ".join(sorted(self.void))}
        if self.replica.waiting:
            return {"waits": "payload"}
        alarms = {
            "epoch_key": bool(self.failed),
            "unjustified_kill": any(unjustified(self.replica.ops(each)) for each in ENTITIES),
            "restored": self.replica.restored_ms is not None and bool(self.replica.lost),
        }
        told = [name for name, is_told in alarms.items() if is_told]
        if told:
            return {"alarm": " ".join(told)}
        return {"kept": "outbox"} if self.replica.outbox.in_state(OutState.ACKNOWLEDGED) else None

    def shows(self, wish: Wish) -> bool:
        """Tell whether it shows or holds something: or took it all, was told nothing, was broken by it."""
        kind, *told = wish
        of_itself = {
            "taken": self.stopped is None,
            "untold": self.refusal() is None,
            "broken": self.broken is not None,
        }
        return of_itself[str(kind)] if kind in of_itself else WISHES[str(kind)](self.replica, *told)

    def digest(self) -> bytes:
        """Return what it shows of the log, as every honest replica of it must."""
        log = [rulings_bytes(self.replica.rulings), checkpoint_of(self.replica.reader.view)]
        return sha256(b"".join([*self.folds(), *log])).digest()

    def folds(self) -> list[bytes]:
        """Return what it shows of each entity."""
        states = (self.replica.state(each) for each in ENTITIES)
        return [b"" if state is None else fold_bytes(state) for state in states]

    def unsent(self) -> list[OpId]:
        """Return the names of its own unsent ops."""
        return list(self.replica.outbox.ops)


def awake(stored: bytes) -> Victim:
    """Return the victim from what its device keeps."""
    return Victim(decode_replica(stored, SAMIR, REGISTRY))
