"""Bad input at every route that takes any: a problem with a stable code, and not one row more or other in any table."""

from collections.abc import Callable

import pytest
from httpx import Response

from sync.codec import encode
from sync.ids import HeaderBytes, Sealed, SpaceId
from sync.limits import HEADER_BYTES_MAX, PUSH_BYTES_MAX, PUSH_OPS_MAX, SEALED_BYTES_MAX
from sync.op import OpClass, encode_header
from sync.segment import decode_push, encode_push
from tests.pens import Pair, Pen, op_ids
from tests.world import SPACE, World, code

Call = Callable[[World], Response]

ELSEWHERE = SpaceId(b"\x77" * 16)
STRANGER, STRAY = Pen(SPACE, 9), Pen(ELSEWHERE, 2)
MOMO = b"\xa1" * 16


def person(pen: Pen, *facts: tuple[str, object], **more: object) -> Pair:
    return pen.op(OpClass.GENESIS, "person", pen.id(), facts=facts, **more)


def pushed(*pairs_of: Callable[[Pen], Pair], **wrong: object) -> Call:
    """Push ops of Awa's; `wrong` replaces members of the segment."""
    return lambda world: world.push(world.awa.push([pair(world.awa) for pair in pairs_of], **wrong))


def of_facts(*facts: tuple[str, object], kind: str = "person", op_class: OpClass = OpClass.GENESIS) -> Call:
    return pushed(lambda pen: pen.op(op_class, kind, pen.id(), facts=facts))


def altered(change: Callable[[bytes], bytes], space: bytes = SPACE) -> Call:
    """Push a sound push whose bytes were changed on the way."""
    return lambda world: world.push(change(world.awa.push([person(world.awa)])), space)


def raw(header: bytes) -> Call:
    """Push an op with these header bytes, its segment otherwise sound."""

    def call(world: World) -> Response:
        pair = person(world.awa)
        body = world.awa.push([pair])
        sound = decode_push(body)
        return world.push(encode_push(sound.seg, sound.sig, [(HeaderBytes(header), pair[1])]))

    return call


def unsigned(world: World) -> Response:
    sound, other = (decode_push(pen.push([person(pen)])) for pen in (world.awa, STRANGER))
    return world.push(encode_push(sound.seg, other.sig, sound.ops))


def at(path: str, method: str = "GET", **more: object) -> Call:
    """Ask as Odile, who may."""
    return lambda world: world.http.request(method, path, headers=world.bearer(world.odile), **more)  # type: ignore[arg-type]


def with_token(authorization: bytes) -> Call:
    return lambda world: world.http.get("/v1/directory", headers={b"authorization": authorization})


OPS = f"/v1/spaces/{SPACE.hex()}/ops"
LOG = f"/v1/spaces/{SPACE.hex()}/log"
PUSH = f"/v1/spaces/{SPACE.hex()}/push"
SOUND = HeaderBytes(encode_header(Pen(SPACE, 2).header(OpClass.GENESIS, "person", MOMO)))

PUSHES: dict[str, tuple[Call, int, str]] = {
    "nothing": (altered(lambda _: b""), 422, "bad_seg"),
    "JSON": (altered(lambda _: b'{"seg": 1}'), 422, "bad_seg"),
    "a byte too few": (altered(lambda body: body[:-1]), 422, "bad_seg"),
    "a byte too many": (altered(lambda body: body + b"\x00"), 422, "bad_seg"),
    "a map": (altered(lambda _: b"\x81\xa1a\x01"), 422, "bad_seg"),
    "a thousand million items in five bytes": (altered(lambda _: b"\xdd\x3b\x9a\xca\x00"), 422, "bad_seg"),
    "nesting without end": (altered(lambda _: b"\x91" * 100_000), 422, "bad_seg"),
    "bytes over the limit": (altered(lambda _: b"\x00" * (PUSH_BYTES_MAX + 1)), 413, "too_large"),
    "ops over the limit": (pushed(*[person] * (PUSH_OPS_MAX + 1)), 413, "too_large"),
    "a sealed part over the limit": (
        pushed(lambda pen: (person(pen)[0], Sealed(b"\x00" * (SEALED_BYTES_MAX + 1)))),
        413,
        "too_large",
    ),
    "a header over the limit": (raw(SOUND + b"\x00" * HEADER_BYTES_MAX), 413, "too_large"),
    "another's signature": (unsigned, 422, "bad_sig"),
    "an unknown device": (lambda world: world.push(STRANGER.push([person(STRANGER)])), 403, "not_member"),
    "an unknown space": (lambda world: world.push(STRAY.push([person(STRAY)]), ELSEWHERE), 403, "not_member"),
    "one space in the address, another inside": (altered(bytes, ELSEWHERE), 422, "bad_seg"),
    "a header that is no MessagePack": (raw(b"\xc1"), 422, "bad_header"),
    "a header in a longer form": (raw(SOUND.replace(b"\xa6person", b"\xd9\x06person")), 422, "bad_header"),
    "a header of broken UTF-8": (raw(SOUND.replace(b"\xa6person", b"\xa6perso\xff")), 422, "bad_header"),
    "a header with a NUL in its kind": (raw(SOUND.replace(b"\xa6person", b"\xa6perso\x00")), 422, "bad_header"),
    "an unknown kind": (pushed(lambda pen: pen.genesis()), 422, "bad_header"),
    "a kind of another class": (pushed(lambda pen: pen.op(OpClass.ROW, "person", pen.id())), 422, "bad_header"),
    "a line of the directory": (pushed(lambda pen: pen.op(OpClass.GENESIS, "zone", pen.id())), 422, "bad_header"),
    "an unknown fact": (of_facts(("alias", "momo")), 422, "bad_fact"),
    "a sealed name as a fact": (of_facts(("reach", "momo")), 422, "bad_fact"),
    "an unknown code": (of_facts(("gender", "momo")), 422, "bad_fact"),
    "a number for a code": (of_facts(("gender", 1)), 422, "bad_fact"),
    "a yes for a number": (of_facts(("left", True)), 422, "bad_fact"),
    "a number below its bounds": (of_facts(("left", -1)), 422, "bad_fact"),
    "a number above its bounds": (of_facts(("left", 2**53 - 1)), 422, "bad_fact"),
    "a time between two quarters": (of_facts(("start", 1), kind="patrol"), 422, "bad_fact"),
    "a text for an id": (of_facts(("zone", "momo"), kind="patrol"), 422, "bad_fact"),
    "a set told as one value": (
        pushed(lambda pen: pen.op(OpClass.ROW, "contact", pen.id(), facts=(("services", "talk"),))),
        422,
        "bad_fact",
    ),
    "a set's unknown code": (
        pushed(lambda pen: pen.op(OpClass.ROW, "contact", pen.id(), facts=(("services/unheard", True),))),
        422,
        "bad_fact",
    ),
    "one bad op behind a good one": (pushed(person, lambda pen: person(pen, ("gender", "momo"))), 422, "bad_fact"),
    "a link to what is no id": (of_facts(("same/unheard", True)), 422, "bad_fact"),
    "an epoch that is not yet": (pushed(lambda pen: person(pen, epoch=2)), 422, "bad_header"),
    "a row that amends nothing": (
        pushed(lambda pen: pen.op(OpClass.EDIT, "contact", pen.id(), re=b"\x01" * 32)),
        422,
        "bad_header",
    ),
    "a place in the stream that is not next": (pushed(person, from_seq=2), 409, "stream_moved"),
    "a log that never was": (pushed(person, seen_log=b"\x01" * 32), 409, "log_mismatch"),
    "a head of other ops": (pushed(person, head=b"\x01" * 32), 422, "bad_chain"),
    "fewer ops than it counts": (pushed(person, n=2), 422, "bad_seg"),
}

ASKED: dict[str, tuple[Call, int, str]] = {
    "a space in capitals": (at(OPS.replace("10", "AA")), 422, "invalid_request"),
    "a space too short": (at("/v1/spaces/10/ops"), 422, "invalid_request"),
    "a cursor below none": (at(OPS + "?after=-1"), 422, "invalid_request"),
    "a cursor that is a word": (at(OPS + "?after=momo"), 422, "invalid_request"),
    "a cursor beyond every number": (at(OPS + f"?after={10**30}"), 422, "invalid_request"),
    "a cursor that is no segment's end": (at(OPS + "?after=2"), 409, "log_mismatch"),
    "a page of no bytes": (at(OPS + "?max_bytes=0"), 422, "invalid_request"),
    "a page of too many bytes": (at(OPS + f"?max_bytes={2**40}"), 422, "invalid_request"),
    "no cursor of the log": (at(LOG), 422, "invalid_request"),
    "an unknown cursor of the log": (at(LOG + "?at=999"), 404, "unknown_cursor"),
    "lines after a word": (at("/v1/kinds/person?after=momo"), 422, "invalid_request"),
    "lines of what is no id": (at("/v1/kinds/person?entity=momo"), 422, "invalid_request"),
    "lines of an id with a line's end": (at(f"/v1/kinds/person?entity={'a1' * 16}%0a"), 422, "invalid_request"),
    "lines of an id with a NUL": (at(f"/v1/kinds/person?entity={'a1' * 15}%00a"), 422, "invalid_request"),
    "lines of no kind": (at("/v1/kinds/momo"), 404, "not_found"),
    "a mailbox that is no id": (at("/v1/joins/momo"), 422, "invalid_request"),
    "a mailbox with a line's end": (at(f"/v1/joins/{'a1' * 16}%0a"), 422, "invalid_request"),
    "an unknown mailbox": (at(f"/v1/joins/{'a1' * 16}"), 404, "join_expired"),
    "a token that is none": (with_token(b"Bearer momo"), 401, "unauthenticated"),
    "a token beyond ASCII": (with_token("Bearer m\u00f6m\u00f6".encode()), 401, "unauthenticated"),
    "a token of another scheme": (with_token(b"Basic bW9tbzptb21v"), 401, "unauthenticated"),
    "a method that is not there": (at(PUSH, "DELETE"), 405, "method_not_allowed"),
}


def mailbox(**more: object) -> Call:
    return at("/v1/joins", "POST", **more)


SENT: dict[str, tuple[Call, int, str]] = {
    "no JSON": (mailbox(content=b"momo"), 422, "invalid_request"),
    "nothing": (mailbox(content=b""), 422, "invalid_request"),
    "broken UTF-8": (mailbox(content=b'{"join": "\xff"}'), 422, "invalid_request"),
    "JSON without end": (mailbox(content=b"[" * 100_000), 422, "invalid_request"),
    "a list": (mailbox(json=[]), 422, "invalid_request"),
    "a number for a text": (mailbox(json={"join": 1}), 422, "invalid_request"),
    "an id too short": (mailbox(json={"join": "a1"}), 422, "invalid_request"),
    "an id with a line's end": (mailbox(json={"join": "a1" * 16 + "\n"}), 422, "invalid_request"),
    "a member that is not known": (mailbox(json={"join": "a1" * 16, "unheard": 1}), 422, "invalid_request"),
    "a body over the limit": (mailbox(content=b" " * (PUSH_BYTES_MAX + 1)), 413, "too_large"),
    "a code that is no base64url": (
        at(f"/v1/joins/{'a1' * 16}/code1", "PUT", json={"code": "Môme"}),
        422,
        "invalid_request",
    ),
    "a code too long": (at(f"/v1/joins/{'a1' * 16}/code1", "PUT", json={"code": "x" * 4097}), 422, "invalid_request"),
    "a code for an unknown mailbox": (
        at(f"/v1/joins/{'a1' * 16}/code1", "PUT", json={"code": "x"}),
        404,
        "join_expired",
    ),
    "a log that is no id": (at("/v1/spaces", "POST", content=encode([b"\x01"])), 400, "bad_request"),
    "a log that is no MessagePack": (at("/v1/spaces", "POST", content=b"\xc1"), 400, "bad_request"),
    "a log that is there": (at("/v1/spaces", "POST", content=encode([SPACE])), 409, "space_exists"),
    "an answer to no challenge": (
        at("/v1/auth/token", "POST", content=encode([b"\x01" * 16, b"\x02" * 32, 1, b"\x03" * 64])),
        401,
        "unauthenticated",
    ),
    "an answer of other lengths": (
        at("/v1/auth/token", "POST", content=encode([b"", b"", 2**53 - 1, b""])),
        401,
        "unauthenticated",
    ),
}


@pytest.mark.parametrize("cases", [PUSHES, ASKED, SENT], ids=["pushed", "asked", "sent"])
def test_bad_input_is_a_problem_and_stores_nothing(founded: World, cases: dict[str, tuple[Call, int, str]]) -> None:
    """One database for all: nothing is stored, so that each case finds what the one before found."""
    before = stored(founded)
    for name, (call, status, expected) in cases.items():
        seq, head = founded.awa.seq, founded.awa.head
        answer = call(founded)
        founded.awa.seq, founded.awa.head = seq, head
        assert code(answer) == (status, expected), name
        assert answer.headers["content-type"] == "application/problem+json", name
        assert "momo" not in answer.text.lower(), name
        assert stored(founded) == before, name


def stored(world: World) -> object:
    """Return all that is stored, but for the numbers and tokens by which one asks."""
    return {name: rows for name, rows in world.tables().items() if name not in {"challenge", "token"}}


def test_a_second_genesis_stores_nothing(founded: World) -> None:
    entity = founded.awa.id()
    founded.accept(founded.awa, [founded.awa.op(OpClass.GENESIS, "person", entity)])
    before = stored(founded)
    again = founded.push(founded.awa.push([founded.awa.op(OpClass.GENESIS, "person", entity)]))
    assert code(again) == (422, "bad_header")
    assert stored(founded) == before


def test_another_associations_worker_writes_nothing_here(founded: World) -> None:
    """A member of our space whose header names another: neither log takes it."""
    before = stored(founded)
    answer = founded.push(founded.awa.push([person(Pen(ELSEWHERE, 2))]))
    assert code(answer) == (422, "bad_header")
    assert stored(founded) == before


def test_what_is_sound_is_stored(founded: World) -> None:
    """The control of "nothing stored": the same calls with nothing wrong in them leave rows in these tables."""
    before = founded.tables()
    assert pushed(lambda pen: person(pen, ("gender", "man")))(founded).status_code == 200
    assert mailbox(json={"join": "a1" * 16})(founded).status_code == 201
    assert at(f"/v1/joins/{'a1' * 16}/code1", "PUT", json={"code": "x"})(founded).status_code == 204
    assert at("/v1/spaces", "POST", content=encode([b"\x78" * 16]))(founded).status_code == 201
    after = founded.tables()
    changed = {name for name, rows in after.items() if rows != before[name]}
    assert changed >= {"op", "segment", "stream", "space", "person", "join_link"}


def test_the_pen_signs_what_is_pushed(founded: World) -> None:
    """The control of the altered bytes: unaltered, they are taken."""
    assert altered(bytes)(founded).status_code == 200
    assert len(op_ids([person(founded.awa)])) == 1
