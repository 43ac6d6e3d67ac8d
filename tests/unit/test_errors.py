"""The closed tree of refusals."""

import pytest

from sync.errors import BadFact, BadHeader, IntegrityFailure, LogMismatch, NotMember, Reason, Refusal, StreamMoved


def leaves(refusal: type[Refusal]) -> list[type[Refusal]]:
    """Return the engine's refusals that have no kind below them."""
    below = [kind for kind in refusal.__subclasses__() if kind.__module__ == Refusal.__module__]
    return [leaf for kind in below for leaf in leaves(kind)] if below else [refusal]


def test_every_code_of_the_protocol_has_one_refusal_with_its_status() -> None:
    """A client switches on the code: each stands once, with the status of the protocol's table."""
    status_by_code = {leaf.code: leaf.status for leaf in leaves(Refusal)}
    assert len(status_by_code) == len(leaves(Refusal))
    assert status_by_code == {
        "too_large": 413,
        "bad_seg": 422,
        "bad_sig": 422,
        "bad_chain": 422,
        "bad_header": 422,
        "bad_fact": 422,
        "bad_control": 422,
        "stream_moved": 409,
        "already_logged": 409,
        "epoch_conflict": 409,
        "log_mismatch": 409,
        "space_exists": 409,
        "not_member": 403,
        "device_revoked": 403,
        "role_missing": 403,
        "unauthenticated": 401,
        "unknown_cursor": 404,
        "too_many_requests": 429,
        "unavailable": 503,
        "bad_request": 400,
        "internal_error": 500,
    }


@pytest.mark.parametrize("refusal", leaves(Refusal), ids=lambda refusal: refusal.code)
def test_a_refusal_says_one_sentence(refusal: type[Refusal]) -> None:
    """What a person reads begins with a capital and ends with a point."""
    assert refusal.sentence[0].isupper()
    assert refusal.sentence.endswith(".")


def test_details_are_json_with_hashes_in_hex() -> None:
    """What a client needs to react stands beside the code; what it does not need is not there."""
    assert StreamMoved(0, bytes(32)).details == {"next_seq": 0, "head": "00" * 32}
    assert LogMismatch(7).details == {"cursor": 7}
    assert BadFact(2, b"\xab" * 32, "size").details == {"index": 2, "op_id": "ab" * 32, "name": "size"}
    assert BadHeader(2).details == {"index": 2, "op_id": None, "name": None}
    assert NotMember().details == {}


def test_an_integrity_failure_is_no_refusal() -> None:
    """It is the reader's own and never answers a request."""
    failure = IntegrityFailure(Reason.CHAIN, 4)
    assert not isinstance(failure, Refusal)
    assert (failure.reason, failure.cursor) == ("chain", 4)
