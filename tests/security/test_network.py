"""T7: whatever a line does to a push or to an answer, it is refused by name, or it is the honest thing.

TLS is not in these tests: each of them holds for whoever can read and change every byte.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import structlog
from fastapi.testclient import TestClient

import sync.push
from server.main import create_app
from sync.checkpoint import checkpoint_of
from sync.client import MSGPACK, Client, Refused
from sync.codec import NotCanonical, encode
from sync.enrolment import BadCode, Code1, Code2, decode_code2, encode_code, letters
from sync.errors import IntegrityFailure
from sync.fold import fold_bytes
from sync.history import read_history
from sync.ids import Sealed
from sync.log import decode_page, decode_receipt, encode_receipt
from sync.op import OpClass, encode_header
from sync.reader import Reader
from sync.segment import decode_push, decode_segment
from sync.start import Start
from sync.stored import decode_replica, encode_replica
from sync.writer import Edit, Genesis, write
from tests.conftest import settings_for
from tests.decoders import text_of
from tests.engine_kit import (
    AWA,
    RECOVERY,
    REGISTRY,
    SPACE,
    START_MS,
    chance,
    deliver,
    entity,
    founded,
    moment,
    pull,
    replica,
)
from tests.model_pages import bootstrap_page, checkpoint_at, history_page, stubbed_page
from tests.pens import Pair, Pen, op_ids
from tests.vectors.make_mutations import CODES
from tests.world import World, code

THING = entity(1)


def flips(data: bytes, change: Callable[[int], int]) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes with each byte changed in turn, and where."""
    for at in range(len(data)):
        yield at, data[:at] + bytes([data[at] ^ change(at)]) + data[at + 1 :]


def all_bits(_at: int) -> int:
    return 0xFF


def bits(seed: int) -> Callable[[int], int]:
    """Return one bit for each byte, drawn from a seed."""
    source = random.Random(seed)
    return lambda _at: 1 << source.randrange(8)


def cuts(data: bytes) -> Iterator[bytes]:
    """Yield the bytes up to each length that is not theirs."""
    return (data[:length] for length in range(len(data)))


def spoilt_ways(data: bytes) -> Iterator[bytes]:
    """Yield the bytes cut at every length, and with every byte changed: all of it, and one bit of it."""
    yield from cuts(data)
    for change in (all_bits, bits(1)):
        yield from (spoilt for _, spoilt in flips(data, change))


# ── On the way to the server ──

NAMED = {"bad_seg", "bad_sig", "bad_chain", "bad_header", "not_member"}


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    """The whole application without limits and without a log, and a space in which somebody was met."""
    settings = settings_for(sqlite_url).model_copy(update={"requests_per_address": 0, "requests_per_device": 0})
    app = create_app(settings, lambda: made.now)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())  # thousands of requests are no news
    with TestClient(app) as http:
        made = World(http, sqlite_url)
        made.found()
        yield made


def short(pen: Pen, op_class: OpClass, entity: bytes, **more: Any) -> Pair:
    """An op as short as one can be: the server opens nothing of it."""
    return encode_header(pen.header(op_class, "person", entity, **more)), Sealed(pen.random.randbytes(4))


def captured(world: World) -> bytes:
    """Return Awa's push of a beginning, with a fact, and of an edit that kills an older one; it is not sent yet."""
    awa, momo, fatou = world.awa, world.awa.id(), world.awa.id()
    older = short(awa, OpClass.EDIT, momo)
    world.accept(awa, [short(awa, OpClass.GENESIS, momo), older])
    gender = (("gender", "woman"),)
    return awa.push(
        [
            short(awa, OpClass.GENESIS, fatou, facts=gender),
            short(awa, OpClass.EDIT, momo, kills=(op_ids([older])[0],)),
        ]
    )


def test_a_push_that_was_carried_before_is_answered_with_the_same_receipt_whoever_carries_it(world: World) -> None:
    """At once, later, after others, and from another address: the signature is all that it needs."""
    body = captured(world)
    first = world.push(body)
    assert first.status_code == 200
    stored = world.tables()
    assert world.push(body).content == first.content
    assert world.tables() == stored
    world.now += 86_400_000
    world.accept(world.odile, [short(world.odile, OpClass.GENESIS, world.odile.id())])
    world.accept(world.awa, [short(world.awa, OpClass.GENESIS, world.awa.id())])
    stored = world.tables()
    elsewhere = TestClient(world.http.app, client=("198.51.100.7", 1))  # type: ignore[attr-defined]
    elsewhere.portal = world.http.portal  # type: ignore[attr-defined]
    for http in (world.http, elsewhere):
        assert http.post(f"/v1/spaces/{SPACE.hex()}/push", content=body).content == first.content
    assert world.tables() == stored


def test_two_pushes_that_overtook_each_other_are_both_stored_in_their_order(world: World) -> None:
    first, second = captured(world), world.awa.push([short(world.awa, OpClass.GENESIS, world.awa.id())])
    before = world.tables()
    early = world.push(second)
    assert code(early) == (409, "stream_moved")
    assert early.json()["next_seq"] == decode_segment(decode_push(first).seg).from_seq
    assert world.tables() == before
    receipts = [world.push(body) for body in (first, second)]
    assert [receipt.status_code for receipt in receipts] == [200, 200]
    assert [world.push(body).content for body in (second, first)] == [receipt.content for receipt in receipts[::-1]]


NAMED = {"bad_seg", "bad_sig", "bad_chain", "bad_header", "not_member", "too_large", "bad_fact", "bad_control"}


def test_a_push_that_was_cut_or_changed_in_any_byte_is_refused_by_name_and_the_honest_one_is_stored_after_it(
    world: World,
) -> None:
    body = captured(world)
    before = world.tables()
    answers = [code(world.push(spoilt)) for spoilt in spoilt_ways(body)]
    assert {status // 100 for status, _ in answers} == {4}
    assert {"bad_seg", "bad_sig", "bad_chain", "bad_header"} <= {name for _, name in answers} <= NAMED
    assert world.tables() == before
    assert world.push(body).status_code == 200
    assert len(world.tables()["op"]) == len(before["op"]) + 2


def test_a_stored_push_that_is_carried_again_with_any_bit_changed_changes_nothing(world: World) -> None:
    body = captured(world)
    receipt = world.push(body)
    stored = world.tables()
    for _, spoilt in flips(body, bits(2)):
        answer = world.push(spoilt)
        assert answer.content == receipt.content or code(answer)[1] in NAMED
    assert world.tables() == stored


@pytest.mark.parametrize("unchecked", ["is_signed", "chain"])
def test_without_the_signature_or_the_chain_a_changed_push_would_be_stored(world: World, unchecked: str) -> None:
    """The control of the promises above: what refuses most of what is changed is these two checks."""
    body = captured(world)
    heads = decode_segment(decode_push(body).seg).head
    off: dict[str, Callable[..., Any]] = {
        "is_signed": lambda *_: True,
        "chain": lambda _head, names: [heads] * len(names),
    }
    before = world.tables()
    with patch.object(sync.push, unchecked, off[unchecked]):
        changed = next(spoilt for _, spoilt in flips(body, bits(3)) if world.push(spoilt).status_code == 200)
    assert changed != body
    assert world.tables() != before


# ── On the way back ──

SERVER, WRITER = founded()
write(WRITER, [Genesis(THING, "thing", {"size": "small"}, {"note": "Momo"})], moment(2))
write(WRITER, [Edit(THING, "thing", {"count": 1})], moment(3))
deliver(WRITER, SERVER)
BEGUN = 3
"""The cursor at which a reader stands that has the founding and nothing else."""


def read_by(reader: Reader, page: bytes) -> object:
    """Return all that a page would make of a reader's log. Raises IntegrityFailure."""
    reading = reader.read(page, START_MS)
    view = reading.view
    return view.cursor, view.log, view.server_ms, view.members, reading.entries, reading.segments


def offset_of_more(page: bytes) -> int:
    """Return where a page says whether there is more: behind the end that it says, and the log there."""
    log = bytes(SERVER.log)
    at = page.index(log) + 32 if log in page else page.index(b"\xc0") + 1
    assert page[at] in {0xC2, 0xC3}
    return at


def test_of_a_page_any_other_byte_is_refused_but_whether_there_is_more_to_come() -> None:
    """Nobody signs that: it makes a reader ask once more, or later, and what it has not proved yet it goes on owing."""
    reader = replica(RECOVERY, WRITER.reader.root)
    reader.apply_page(SERVER.page(0, 1), START_MS)
    page = SERVER.page(BEGUN)
    honest = read_by(reader.reader, page)
    harmless = set()
    for at, spoilt in [*flips(page, all_bits), *flips(page, bits(1)), *flips(page, lambda _: 1)]:
        try:
            assert read_by(reader.reader, spoilt) == honest
        except IntegrityFailure:
            continue
        harmless.add(at)
    assert harmless == {offset_of_more(page)}
    for cut in cuts(page):
        with pytest.raises(IntegrityFailure, match="page"):
            reader.reader.read(cut, START_MS)
    assert reader.reader.view.cursor == BEGUN


def test_a_page_without_its_signature_s_check_would_be_taken_with_any_signature() -> None:
    reader = replica(RECOVERY, WRITER.reader.root).reader
    page = SERVER.page()
    at = page.index(SERVER.segments[1].sig)
    spoilt = page[:at] + bytes(64) + page[at + 64 :]
    with pytest.raises(IntegrityFailure, match="signature"):
        reader.read(spoilt, START_MS)
    with patch("sync.entries.is_signed", return_value=True):
        reader.read(spoilt, START_MS)


def started(page: bytes, proof: bytes) -> object:
    """Return where a device stands that begins with a page of the bootstrap and a proof. Raises IntegrityFailure."""
    start = Start(SPACE, SERVER.cursor, checkpoint_of(WRITER.reader.view))
    start.read(page, WRITER.reader.root)
    while not start.complete:
        start.read(bootstrap_page(SERVER, SERVER.cursor, start.after), WRITER.reader.root)
    view, entries = start.prove(proof)
    return view.cursor, view.log, view.members, dict(view.streams), entries


def test_of_a_bootstrap_and_its_proof_any_other_byte_is_refused_but_whether_there_is_more_to_come() -> None:
    page, proof = bootstrap_page(SERVER, SERVER.cursor), checkpoint_at(SERVER, SERVER.cursor)
    honest, harmless = started(page, proof), set()
    for at, spoilt in [*flips(page, bits(1)), *flips(page, lambda _: 1)]:
        try:
            assert started(spoilt, proof) == honest
        except IntegrityFailure:
            continue
        harmless.add(at)
    assert harmless == {offset_of_more(page)}
    for spoilt in (*cuts(page), *cuts(proof), *(data for _, data in flips(proof, bits(1)))):
        with pytest.raises(IntegrityFailure):
            started(*((spoilt, proof) if len(spoilt) > len(proof) else (page, spoilt)))


def test_of_a_history_any_other_byte_is_refused_but_its_end_and_whether_there_is_more_to_come() -> None:
    """Both are of use while there is more, and then the end is compared."""
    reader = replica(RECOVERY, WRITER.reader.root)
    reader.apply_page(stubbed_page(SERVER), START_MS)
    view, page = reader.reader.view, history_page(SERVER, THING)
    honest, harmless = read_history(view, page, THING), set()
    for at, spoilt in [*flips(page, bits(1)), *flips(page, lambda _: 1)]:
        try:
            assert read_history(view, spoilt, THING) == honest
        except IntegrityFailure:
            continue
        harmless.add(at)
    end_at = 1
    assert page[end_at] == decode_page(page).to_cursor
    assert harmless == {end_at, offset_of_more(page)}
    for cut in cuts(page):
        with pytest.raises(IntegrityFailure, match="page"):
            read_history(view, cut, THING)


def test_whatever_a_receipt_says_an_op_stays_in_the_outbox_until_it_is_read_in_the_log() -> None:
    """A receipt that is none is asked for again; one that lies gives nothing away."""
    server, awa = founded()
    write(awa, [Genesis(THING, "thing", {"size": "small"})], moment(2))
    push = awa.push()
    assert push is not None
    kept, receipt = encode_replica(awa), encode_receipt(server.push(push))
    shown = []
    for spoilt in (
        receipt,
        *cuts(receipt),
        *(data for _, data in [*flips(receipt, bits(1)), *flips(receipt, all_bits)]),
    ):
        device = decode_replica(kept, AWA, REGISTRY)
        try:
            is_due = device.accept(decode_receipt(spoilt), START_MS)
        except NotCanonical:
            is_due = False
        assert len(device.outbox.ops) == 1
        if not is_due:
            again = device.push()
            assert again == push
            assert device.accept(server.push(again), START_MS)
        pull(device, server)
        assert not device.outbox.ops
        state = device.state(THING)
        assert state is not None
        shown.append(fold_bytes(state))
    assert len(set(shown)) == 1
    assert server.cursor == BEGUN + 1


# ── The token, and the codes that people carry ──


def answers(challenge: bytes, token: bytes) -> Client:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=challenge if request.url.path.endswith("challenge") else token)

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://escale.test")
    return Client(http, WRITER, "http://escale.test", lambda: START_MS, chance(5), lambda _: None)


def test_a_challenge_or_a_token_that_was_spoilt_is_a_failure_of_the_line_or_another_token() -> None:
    """Another one opens nothing, and is asked for once more."""
    challenge, token = encode([bytes(32), START_MS]), encode(["a token", START_MS])
    strange: list[object] = [[bytes(32), -1], [bytes(32)], [1, 2], ["x", 3], [[], []], None]
    odd = [encode(one) for one in strange]
    asked = [(spoilt, token) for spoilt in (*odd, *cuts(challenge), *(data for _, data in flips(challenge, bits(1))))]
    asked += [(challenge, spoilt) for spoilt in (*odd, *cuts(token), *(data for _, data in flips(token, bits(1))))]

    async def outcomes() -> set[str]:
        seen = set()
        for one in asked:
            try:
                seen.add(type(await answers(*one).authenticate()).__name__)
            except (Refused, httpx.DecodingError) as failure:
                seen.add(type(failure).__name__)
        return seen

    assert asyncio.run(outcomes()) == {"str", "Refused", "DecodingError"}
    assert asyncio.run(answers(challenge, token).authenticate()) == "a token"


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (httpx.Response(200, html="<title>Free WiFi</title>"), httpx.DecodingError),
        (httpx.Response(302, headers={"location": "/login"}), httpx.DecodingError),
        (httpx.Response(200), httpx.DecodingError),
        (httpx.Response(502, html="<title>Bad gateway</title>"), Refused),
        (httpx.Response(200, content=b"\x1f\x8b\x08", headers=MSGPACK), IntegrityFailure),
    ],
)
def test_a_page_that_is_not_the_servers_is_a_failure_of_the_line_and_one_that_is_none_an_alarm(
    answer: httpx.Response, failure: type[Exception]
) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        return answer if request.url.path.endswith("ops") else httpx.Response(409, json={"code": "log_mismatch"})

    http = httpx.AsyncClient(transport=httpx.MockTransport(respond), base_url="http://escale.test")
    client = Client(http, WRITER, "http://escale.test", lambda: START_MS, chance(5), lambda _: None, "a token")
    before = encode_replica(WRITER)
    with pytest.raises(failure):
        asyncio.run(client.pull_all())
    assert encode_replica(WRITER) == before


def test_an_answer_that_was_changed_on_its_way_is_no_code_or_has_other_letters() -> None:
    """People compare them, and nothing is entered before."""
    request = next(code for _, code in CODES if isinstance(code, Code1))
    honest = next(code for _, code in CODES if isinstance(code, Code2))
    code1, code2 = encode_code(request), encode_code(honest)
    read = 0
    for spoilt in (*cuts(encode(honest)), *(data for _, data in [*flips(encode(honest), bits(1))])):
        try:
            decode_code2(text_of(spoilt), honest.nonce)
        except BadCode:
            continue
        read += 1
        assert letters(code1, text_of(spoilt)) != letters(code1, code2)
    assert read > 50
    assert decode_code2(code2, honest.nonce) == honest


# ── What every answer carries ──


def test_every_answer_tells_a_browser_to_come_back_by_tls_only(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Refusals, files and what is not there among them."""
    files = tmp_path_factory.mktemp("app")
    (files / "index.html").write_text("<p>here</p>")
    app = create_app(settings_for(world.url).model_copy(update={"app": files, "requests_per_address": 6}))
    with TestClient(app, raise_server_exceptions=False) as http:
        asked = [
            http.get("/"),
            http.get("/nowhere"),
            http.get("/healthz"),
            http.post("/v1/auth/challenge"),
            http.get("/v1/directory"),
            http.post(f"/v1/spaces/{SPACE.hex()}/push", content=b"0" * 300_000),
            http.get("/"),
        ]
    assert [answer.status_code for answer in asked] == [200, 404, 200, 200, 401, 413, 429]
    for answer in asked:
        assert "max-age=63072000" in answer.headers["strict-transport-security"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    with patch.dict("server.headers.ALWAYS", clear=True), TestClient(app) as http:
        assert "strict-transport-security" not in http.get("/").headers
