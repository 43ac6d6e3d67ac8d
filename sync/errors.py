"""The closed tree of expected refusals, and the one failure that stops a reader.

A refusal is the server's answer to a request it must not carry out. Its `code` is stable and a client switches on
it; its `sentence` says what happened; its `details` hold what the client needs to react, and nothing personal.
An integrity failure is the reader's: it stops pulling a space and raises an alarm. It never crosses the wire.
"""

from enum import StrEnum
from typing import ClassVar

Detail = int | str | list[str] | None
"""A member of `details`: ids and hashes are lowercase hex."""


class Refusal(Exception):
    """An expected refusal: stable code, HTTP status, one sentence, and details that are never personal."""

    code: ClassVar[str]
    status: ClassVar[int]
    sentence: ClassVar[str]

    def __init__(self, **details: Detail) -> None:
        super().__init__(self.sentence)
        self.details: dict[str, Detail] = details


class TooLarge(Refusal):
    """The push, or an op in it, is over a limit."""

    code = "too_large"
    status = 413
    sentence = "The push is larger than the protocol allows."


class BadSegment(Refusal):
    """The push or its segment does not decode, or is not of this space."""

    code = "bad_seg"
    status = 422
    sentence = "The segment cannot be decoded."


class BadSignature(Refusal):
    """The Ed25519 signature is not the device's over this segment."""

    code = "bad_sig"
    status = 422
    sentence = "The signature does not verify."


class BadChain(Refusal):
    """The head is not the chain over the ops, or an op stands in it twice."""

    code = "bad_chain"
    status = 422
    sentence = "The chain of the segment does not match its operations."


class BadOp(Refusal):
    """One op of the segment is refused: the client sets it aside and sends the rest.

    Args:
        index: position of the op in its segment, from 0.
        op_id: the op's name, or None when the header says no entity.
        name: the fact or member at fault, or None.
    """

    status = 422

    def __init__(self, index: int, op_id: bytes | None = None, name: str | None = None) -> None:
        super().__init__(index=index, op_id=None if op_id is None else op_id.hex(), name=name)


class BadHeader(BadOp):
    """The header breaks the header rules, or its kind and class are not registered together."""

    code = "bad_header"
    sentence = "The header of an operation breaks the protocol."


class BadFact(BadOp):
    """A fact is not registered for its kind, or has a value its rule refuses."""

    code = "bad_fact"
    sentence = "A fact is not one its kind may carry."


class BadControl(BadOp):
    """A control body does not decode, or breaks the rules of members, epochs and erasures."""

    code = "bad_control"
    sentence = "A control operation breaks the protocol."


class StreamMoved(Refusal):
    """The stream does not stand where the segment continues it.

    Args:
        next_seq: where the stream stands; 0 if it is closed or another device's, 1 if it is unknown.
        head: its chain head; 32 zero bytes if closed, head_0 if unknown.
    """

    code = "stream_moved"
    status = 409
    sentence = "The stream does not continue from there."

    def __init__(self, next_seq: int, head: bytes) -> None:
        super().__init__(next_seq=next_seq, head=head.hex())


class AlreadyLogged(Refusal):
    """Some of the ops are in the log already, under another segment."""

    code = "already_logged"
    status = 409
    sentence = "Some operations are in the log already."

    def __init__(self, op_ids: list[bytes]) -> None:
        super().__init__(op_ids=[op_id.hex() for op_id in op_ids])


class EpochConflict(Refusal):
    """A control op was made for another epoch, or its wraps are not exactly those of the keyed members."""

    code = "epoch_conflict"
    status = 409
    sentence = "The epoch or the members changed in the meantime."

    def __init__(self, epoch: int) -> None:
        super().__init__(epoch=epoch)


class LogMismatch(Refusal):
    """The log the device has seen is not the log of this server."""

    code = "log_mismatch"
    status = 409
    sentence = "The device has seen another history of this space."

    def __init__(self, cursor: int) -> None:
        super().__init__(cursor=cursor)


class SpaceExists(Refusal):
    """The space holds operations already."""

    code = "space_exists"
    status = 409
    sentence = "The space exists and is not empty."


class NotMember(Refusal):
    """The space is unknown, or the device is no member of it: both look the same from outside."""

    code = "not_member"
    status = 403
    sentence = "The device is not a member of this space."


class DeviceRevoked(Refusal):
    """The device was a member and is revoked."""

    code = "device_revoked"
    status = 403
    sentence = "The device is revoked."


class RoleMissing(Refusal):
    """The device is a member without the role this asks for."""

    code = "role_missing"
    status = 403
    sentence = "The device lacks the role for this."


class Unauthenticated(Refusal):
    """No token, or one that is bad or past its time."""

    code = "unauthenticated"
    status = 401
    sentence = "The token is missing, wrong or expired."


class BadRequest(Refusal):
    """The body is not the MessagePack array that the endpoint documents."""

    code = "bad_request"
    status = 400
    sentence = "The request does not have the documented form."


class UnknownCursor(Refusal):
    """The cursor is no segment end of this log."""

    code = "unknown_cursor"
    status = 404
    sentence = "The log has no segment that ends at this cursor."


class TooManyRequests(Refusal):
    """A rate limit: the client waits and sends the same again."""

    code = "too_many_requests"
    status = 429
    sentence = "Too many requests; try again later."

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)


class Unavailable(Refusal):
    """The server cannot answer now, for example because its clock jumped and waits for an operator."""

    code = "unavailable"
    status = 503
    sentence = "The server cannot answer now; try again later."

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)


class InternalError(Refusal):
    """A bug: the request crashed and its transaction was rolled back."""

    code = "internal_error"
    status = 500
    sentence = "The server made a mistake; nothing was stored."


class Reason(StrEnum):
    """Why a reader stopped: one stable word for each check of a page."""

    PAGE = "page"
    CURSOR = "cursor"
    SERVER_MS = "server_ms"
    FOUNDING = "founding"
    ROOT = "root"
    DEVICE = "device"
    SIGNATURE = "signature"
    STREAM = "stream"
    ENTITY = "entity"
    CHAIN = "chain"
    SEEN = "seen"
    LOG = "log"
    STUB = "stub"
    CHECKPOINT = "checkpoint"


class IntegrityFailure(Exception):
    """What the server sent cannot be an honest log: stop pulling this space, alarm, go on working locally."""

    def __init__(self, reason: Reason, cursor: int) -> None:
        super().__init__(f"The log fails its {reason} check after cursor {cursor}.")
        self.reason = reason
        self.cursor = cursor
