"""Who may hold the key of which epoch, counted again from the wraps in the log."""

from collections.abc import Mapping

from msgspec import msgpack

from sync.ids import OpId
from tests.sim.evidence import Evidence
from tests.sim.truth import CONTROL, Logged


def key_faults(evidence: Evidence, logged: Mapping[OpId, Logged]) -> list[str]:
    """I9: no store holds the key of an epoch that neither was wrapped for its device nor comes before one that was."""
    given: dict[bytes, int] = {}
    epoch = 0
    for op in logged.values():
        match op.header[5], msgpack.decode(op.sealed) if op.header[4] == CONTROL else None:
            case "epoch", [_, epoch, _, _, wraps]:
                given |= {device: epoch for device, _ in wraps}
            case "member", [_, device, *_, wrap] if wrap is not None:
                given[device] = epoch
    stores = [*evidence.replicas, *(store for stores in evidence.cut_off.values() for store in stores)]
    if any(store.keyring.newest > given.get(store.identity.device, 0) for store in stores):
        return ["I9: a device holds the key of an epoch that was not given to it"]
    return []
