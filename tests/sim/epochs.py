"""Who may hold the key of which epoch, and open what, counted again from the wraps in every log of a life.

A restored server may be put back to before a revocation, and may be hostile. So whoever was cut off is taken to have
every byte of every log, and all keys that any of them ever gave it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import product

from msgspec import msgpack

from sync.control import Body, EpochBody, MemberBody
from sync.envelope import DoesNotOpen, open_payload
from sync.ids import DeviceId, Digest, EntityId, HeaderBytes, OpId, Sealed
from sync.keyring import Identity
from sync.keys import Epoch, op_key, open_prev, unwrap
from sync.op import OpClass, decode_header
from sync.payload import Payload, decode_payload
from sync.secret import EntitySecret, EpochKey
from tests.sim.evidence import Evidence
from tests.sim.logs import CONTROL, Logged, Logs
from tests.sim.server import SPACE

Keys = dict[int, dict[bytes, EpochKey]]
"""Epoch keys by number, then by their bytes: after a restore there may be several of one number."""


def cut_off_by(bodies: Iterable[Body | None]) -> set[DeviceId]:
    """Return whom a log has cut off: revoked, and left out of an epoch after that."""
    revoked: set[DeviceId] = set()
    gone: set[DeviceId] = set()
    for body in bodies:
        if isinstance(body, MemberBody):
            (revoked.add if body.roles == 0 else revoked.discard)(body.device)
        elif isinstance(body, EpochBody):
            gone |= revoked - dict(body.wraps).keys()
    return gone


def key_faults(evidence: Evidence, logs: Logs) -> list[str]:
    """I9: no store holds a key that was not given to it, and nobody opens what knew of their being cut off."""
    stores = [*evidence.replicas, *(store for stores in evidence.cut_off.values() for store in stores)]
    given = {store.identity.device: _given(store.identity, logs) for store in stores}
    found = []
    for store in stores:
        known = given[store.identity.device]
        if any(key.reveal() not in known[n] for n, key in store.keyring.epoch_keys.items()):
            found.append("I9: a device holds the key of an epoch that was not given to it")
    cut_off = {device for written in evidence.written for device in written.cut_off}
    if any(_opens_what_it_may_not(evidence, logs, device, given[device]) for device in cut_off & given.keys()):
        found.append("I9: a device opens what was written by one that knew it to be cut off")
    return found


def _given(identity: Identity, logs: Logs) -> Keys:
    """Return every epoch key that any log has brought to a device."""
    keys: Keys = defaultdict(dict)
    for log in (*logs.past, logs.final):
        for n, key in _given_by(identity, log).items():
            keys[n][key.reveal()] = key
    return keys


def _given_by(identity: Identity, log: Mapping[OpId, Logged]) -> dict[int, EpochKey]:
    keys: dict[int, EpochKey] = {}
    commits: dict[int, Digest] = {}
    prevs: dict[int, bytes] = {}
    epoch = 0
    for op in log.values():
        match op.header[5], msgpack.decode(op.sealed) if op.header[4] == CONTROL else None:
            case "epoch", [_, epoch, commit, prev, wraps]:
                commits[epoch], prevs[epoch] = Digest(commit), prev
                _take(keys, identity, Epoch(SPACE, epoch, commits[epoch]), dict(wraps).get(identity.device))
            case "member", [_, device, *_, wrap] if device == identity.device and epoch:
                _take(keys, identity, Epoch(SPACE, epoch, commits[epoch]), wrap)
    for n in sorted(prevs, reverse=True):
        if n in keys and n > 1:
            keys.setdefault(n - 1, open_prev(prevs[n], keys[n], Epoch(SPACE, n - 1, commits[n - 1])))
    return keys


def _take(keys: dict[int, EpochKey], identity: Identity, epoch: Epoch, wrapped: bytes | None) -> None:
    assert identity.box is not None
    if wrapped is not None:
        keys[epoch.n] = unwrap(wrapped, identity.box, epoch, identity.device)


def _opens_what_it_may_not(evidence: Evidence, logs: Logs, device: DeviceId, keys: Keys) -> bool:
    """Tell whether a device that was cut off opens an op whose author knew of that: by any key, in any log."""
    cut_off = {written.op_id: written.cut_off for written in evidence.written}
    ops = {name: op for log in (*logs.past, logs.final) for name, op in log.items()}
    held = [(name, op) for name, op in ops.items() if op.header[4] != CONTROL and keys[op.header[8]]]
    secrets: dict[bytes, list[EntitySecret]] = defaultdict(list)
    for _, op in held:
        payload = _opened(op, keys, [None]) if op.header[4] == OpClass.GENESIS else None
        if payload is not None and payload.secret is not None:
            secrets[op.header[3]].append(payload.secret)
    return any(
        _opened(op, keys, [None] if op.header[4] == OpClass.GENESIS else secrets[op.header[3]]) is not None
        for name, op in held
        if device in evidence.kept_from(name, cut_off[logs.first_name(name)])
    )


def _opened(op: Logged, keys: Keys, secrets: Sequence[EntitySecret | None]) -> Payload | None:
    header_bytes = HeaderBytes(msgpack.encode(op.header))
    for epoch_key, secret in product(keys[op.header[8]].values(), secrets):
        key = op_key(epoch_key, secret, SPACE, EntityId(op.header[3]), op.header[8])
        with suppress(DoesNotOpen):
            return decode_payload(open_payload(key, Sealed(op.sealed), header_bytes), decode_header(header_bytes))
    return None
