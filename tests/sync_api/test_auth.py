"""A device proves itself by a signed challenge: once, in time, for the origin it dialled. There is no password."""

from sync.codec import encode
from sync.store.auth import CHALLENGE_MS, TOKEN_MS
from tests.pens import Pen, founding
from tests.world import SPACE, World, code


def test_a_members_device_gets_a_token_that_opens_the_log(founded: World) -> None:
    assert founded.page(founded.awa).to_cursor == 3


def test_a_challenge_is_answered_once(founded: World) -> None:
    body = founded.signed_challenge(founded.awa)
    assert founded.http.post("/v1/auth/token", content=body).status_code == 200
    assert code(founded.http.post("/v1/auth/token", content=body)) == (401, "unauthenticated")


def test_a_signature_for_another_origin_is_worth_nothing(founded: World) -> None:
    assert code(founded.token(founded.awa, origin="https://evil.example")) == (401, "unauthenticated")


def test_a_signature_by_another_key_is_worth_nothing(founded: World) -> None:
    mallory = Pen(SPACE, 9)
    mallory.device = founded.awa.device
    assert code(founded.token(mallory)) == (401, "unauthenticated")


def test_a_challenge_expires(founded: World) -> None:
    body = founded.signed_challenge(founded.awa)
    founded.now += CHALLENGE_MS
    assert code(founded.http.post("/v1/auth/token", content=body)) == (401, "unauthenticated")


def test_a_token_expires(founded: World) -> None:
    headers = founded.bearer(founded.awa)
    path = f"/v1/spaces/{SPACE.hex()}/ops"
    founded.now += TOKEN_MS - 1
    assert founded.http.get(path, headers=headers).status_code == 200
    founded.now += 1
    assert code(founded.http.get(path, headers=headers)) == (401, "unauthenticated")


def test_a_body_of_another_form_is_a_bad_request(world: World) -> None:
    for body in (b"", b"\xc1", encode([]), encode([1, 2, 3, 4]), b"{}", encode("momo")):
        assert code(world.http.post("/v1/auth/token", content=body)) == (400, "bad_request")


def test_the_set_up_secret_opens_a_space_until_one_is_founded(world: World) -> None:
    secret = world.setup_secret()
    assert world.open_space(secret).status_code == 201
    assert world.open_space(secret).status_code == 200
    world.accept(world.odile, founding(world.odile, [world.awa]))
    assert code(world.open_space(secret, b"\x11" * 16)) == (401, "unauthenticated")


def test_an_administrator_opens_a_further_space_and_a_worker_does_not(founded: World) -> None:
    odile, awa = (founded.bearer(pen)["authorization"].split()[1] for pen in (founded.odile, founded.awa))
    assert founded.open_space(odile, b"\x11" * 16).status_code == 201
    assert code(founded.open_space(awa, b"\x12" * 16)) == (403, "role_missing")
    assert code(founded.open_space(odile, SPACE)) == (409, "space_exists")


def test_nobody_opens_a_space_without_a_token(world: World) -> None:
    assert code(world.open_space("nonsense")) == (401, "unauthenticated")
