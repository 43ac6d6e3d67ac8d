"""The checkpoint: the whole of a log up to a segment end, in one hash that a new device scans and then finds again.

```
checkpoint = msgpack [K, log_K, [[stream, device, next_seq, head]…]]        every stream as of K, ascending by stream
live = H("esc1/live\\0" || for each op live at K, by cursor: u64(cursor) || u64(server_ms) || op_id)
strm = H("esc1/streams\\0" || for each stream: stream || device || u64(next_seq) || head)
cp   = H("esc1/cp\\0" || space || u64(K) || log_K || live || strm)
```
Live at K: neither killed nor erased by an op up to K; void ops are. So a reader that has only these ops goes on as one
that has read them all.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Final

from msgspec import Struct

from sync.codec import Codec, NotCanonical, encode
from sync.ids import Digest, OpId, SpaceId, WireCount, WireDeviceId, WireDigest, WireStreamId
from sync.log import WirePosition, log_0
from sync.logview import LogView


class StreamAt(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Where a stream stands at the checkpoint."""

    stream: WireStreamId
    device: WireDeviceId
    next_seq: WirePosition
    head: WireDigest


class Checkpoint(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """What a server says of its log at a segment end, beside the ops that are live there."""

    cursor: WireCount
    log: WireDigest
    streams: tuple[StreamAt, ...]


_checkpoint_codec: Final = Codec(Checkpoint)


def encode_checkpoint(checkpoint: Checkpoint) -> bytes:
    """Return the checkpoint's bytes."""
    return encode(checkpoint)


def decode_checkpoint(data: bytes) -> Checkpoint:
    """Return the checkpoint. Raises NotCanonical, also if its streams are not ascending."""
    checkpoint = _checkpoint_codec.decode(data)
    if any(before.stream >= after.stream for before, after in pairwise(checkpoint.streams)):
        raise NotCanonical("The streams are not in their order.")
    return checkpoint


def live_digest(rows: Iterable[tuple[int, int, OpId]]) -> Digest:
    """Return the digest of ops given as (cursor, server_ms, op_id), by cursor."""
    digest = sha256(b"esc1/live\0")
    for cursor, server_ms, op_id in rows:
        digest.update(cursor.to_bytes(8) + server_ms.to_bytes(8) + op_id)
    return Digest(digest.digest())


def streams_digest(streams: Sequence[StreamAt]) -> Digest:
    """Return the digest of streams in their order."""
    ends = b"".join(one.stream + one.device + one.next_seq.to_bytes(8) + one.head for one in streams)
    return Digest(sha256(b"esc1/streams\0" + ends).digest())


def checkpoint_digest(space: SpaceId, checkpoint: Checkpoint, live: Digest) -> Digest:
    """Return cp: what an administrator's device says at enrolment, and the new device computes."""
    at = space + checkpoint.cursor.to_bytes(8) + checkpoint.log
    return Digest(sha256(b"esc1/cp\0" + at + live + streams_digest(checkpoint.streams)).digest())


def checkpoint_of(view: LogView) -> Digest:
    """Return cp where a reader stands."""
    live = (
        (entry.cursor, entry.server_ms, entry.op_id)
        for entry in view.first_entries.values()
        if entry.op_id not in view.killed and entry.entity not in view.erased
    )
    streams = tuple(StreamAt(stream, *end) for stream, end in sorted(view.streams.items()))
    checkpoint = Checkpoint(view.cursor, view.log, streams)
    return checkpoint_digest(view.members.space, checkpoint, live_digest(live))


def start_of(view: LogView) -> tuple[int, Digest]:
    """Return where a new device begins, as code 2 says it: the cursor at which a reader stands, and cp there.

    While ops wait for their proof it begins at the first op: what an erased one had killed is not known here before
    all of its entity is erased.
    """
    if not view.stubs:
        return view.cursor, checkpoint_of(view)
    space = view.members.space
    return 0, checkpoint_digest(space, Checkpoint(0, log_0(space), ()), live_digest(()))
