"""The set-up link: it opens one space of an empty installation, once, until a newer one or its time ends it."""

import asyncio
from pathlib import Path

import pytest
from httpx import Response

from server.members.setup import offer_setup
from sync.enrolment import decode_setup
from sync.store.auth import SETUP_MS
from sync.store.database import Database
from tests.pens import founding
from tests.world import SPACE, World, code

OTHER = b"\x11" * 16
ORIGIN = "https://escale.example"


def link(world: World) -> str | None:
    """What a start of the server prints."""

    async def offer() -> str | None:
        database = Database(world.url)
        offered = await offer_setup(database, ORIGIN, world.now)
        await database.close()
        return offered

    return asyncio.run(offer())


def secret(world: World) -> str:
    offered = link(world)
    assert offered is not None
    page, fragment = offered.split("/#setup=")
    setup = decode_setup(fragment)
    assert page == setup.origin == ORIGIN
    return setup.secret


def look(world: World, token: str) -> Response:
    answer: Response = world.http.get("/v1/setup", headers={"authorization": f"Bearer {token}"})
    return answer


def test_the_link_of_an_empty_installation_founds_its_first_space(world: World) -> None:
    token = secret(world)
    assert look(world, token).status_code == 204
    assert world.open_space(token).status_code == 201
    assert world.open_space(token).status_code == 200
    world.accept(world.odile, founding(world.odile, [world.awa]))
    assert code(world.open_space(token)) == (409, "space_exists")
    assert link(world) is None


def test_a_used_link_opens_no_second_space(world: World) -> None:
    token = secret(world)
    world.open_space(token)
    assert code(look(world, token)) == (401, "unauthenticated")
    assert code(world.open_space(token, OTHER)) == (401, "unauthenticated")


def test_a_newer_link_ends_the_older_and_the_space_that_it_opened(world: World) -> None:
    older = secret(world)
    world.open_space(older)
    newer = secret(world)
    assert code(look(world, older)) == (401, "unauthenticated")
    assert code(world.open_space(older)) == (401, "unauthenticated")
    assert code(world.push(world.odile.push(founding(world.odile, [world.awa])))) == (403, "not_member")
    assert world.open_space(newer, OTHER).status_code == 201


def test_a_device_whose_link_was_replaced_goes_on_with_the_newer_one(world: World) -> None:
    """The founding segment that it keeps is the one that is accepted: the papers of its recovery stay true."""
    world.open_space(secret(world))
    kept = world.odile.push(founding(world.odile, [world.awa]))
    assert world.open_space(secret(world)).status_code == 201
    assert world.push(kept).status_code == 200


def test_the_link_expires(world: World) -> None:
    token = secret(world)
    world.now += SETUP_MS - 1
    assert look(world, token).status_code == 204
    world.now += 1
    assert code(look(world, token)) == (401, "unauthenticated")
    assert code(world.open_space(token)) == (401, "unauthenticated")


def test_a_members_token_is_no_set_up_secret(founded: World) -> None:
    bearer = founded.bearer(founded.odile)["authorization"].split()[1]
    assert code(look(founded, bearer)) == (401, "unauthenticated")
    assert code(look(founded, "nonsense")) == (401, "unauthenticated")


def test_a_founded_installation_keeps_its_spaces_when_it_starts(founded: World) -> None:
    assert link(founded) is None
    assert founded.rows("SELECT space FROM space") == [(SPACE,)]


def test_the_secret_is_stored_hashed_and_is_in_no_log(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    token = secret(world)
    look(world, token)
    world.open_space(token)
    stored = world.rows("SELECT * FROM token")
    assert len(stored) == 1
    assert not any(token in str(value) for row in stored for value in row)
    written = capfd.readouterr()
    assert "/v1/setup" in written.err
    assert token not in written.err + written.out


def test_a_database_that_is_not_migrated_gets_no_link(tmp_path: Path) -> None:
    async def offer() -> str | None:
        database = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
        offered = await offer_setup(database, ORIGIN, 0)
        await database.close()
        return offered

    assert asyncio.run(offer()) is None
