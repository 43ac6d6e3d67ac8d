"""Join links: a mailbox that a link's holder and an administrator share, once, for a while."""

import secrets

from httpx import Response

from server.members.join_link import LIFETIME_MS
from tests.world import World, code

CODE1, CODE2 = "Y29kZTE", "Y29kZTI"


def mailbox(world: World) -> str:
    join = secrets.token_hex(16)
    made = world.http.post("/v1/joins", json={"join": join}, headers=world.bearer(world.odile))
    assert made.status_code == 201, made.text
    return join


def put(world: World, join: str, name: str, code: str, *, by_odile: bool = False) -> Response:
    headers = world.bearer(world.odile) if by_odile else {}
    answer: Response = world.http.put(f"/v1/joins/{join}/{name}", json={"code": code}, headers=headers)
    return answer


def test_the_two_codes_pass_through_a_mailbox(founded: World) -> None:
    join = mailbox(founded)
    assert founded.http.get(f"/v1/joins/{join}").json()["code1"] is None
    assert put(founded, join, "code1", CODE1).status_code == 204
    assert put(founded, join, "code2", CODE2, by_odile=True).status_code == 204
    read = founded.http.get(f"/v1/joins/{join}").json()
    assert (read["code1"], read["code2"]) == (CODE1, CODE2)


def test_an_administrator_sees_who_waits_until_it_has_answered(founded: World) -> None:
    def waiting() -> list[str]:
        answer = founded.http.get("/v1/joins", headers=founded.bearer(founded.odile))
        return [line["code1"] for line in answer.json()]

    join = mailbox(founded)
    assert waiting() == []
    put(founded, join, "code1", CODE1)
    assert waiting() == [CODE1]
    put(founded, join, "code2", CODE2, by_odile=True)
    assert waiting() == []


def test_a_link_works_once_and_a_retry_of_the_same_device_is_welcome(founded: World) -> None:
    join = mailbox(founded)
    assert put(founded, join, "code1", CODE1).status_code == 204
    assert put(founded, join, "code1", CODE1).status_code == 204
    assert code(put(founded, join, "code1", "YW5vdGhlcg")) == (409, "join_used")
    assert founded.http.get(f"/v1/joins/{join}").json()["code1"] == CODE1


def test_an_answer_needs_a_question_and_is_given_once(founded: World) -> None:
    join = mailbox(founded)
    assert code(put(founded, join, "code2", CODE2, by_odile=True)) == (409, "join_used")
    put(founded, join, "code1", CODE1)
    assert put(founded, join, "code2", CODE2, by_odile=True).status_code == 204
    assert code(put(founded, join, "code2", CODE1, by_odile=True)) == (409, "join_used")


def test_a_link_expires_and_an_unknown_one_looks_the_same(founded: World) -> None:
    join = mailbox(founded)
    founded.now += LIFETIME_MS - 1
    assert put(founded, join, "code1", CODE1).status_code == 204
    founded.now += 1
    assert code(founded.http.get(f"/v1/joins/{join}")) == (404, "join_expired")
    assert code(founded.http.get(f"/v1/joins/{secrets.token_hex(16)}")) == (404, "join_expired")


def test_only_an_administrator_opens_and_answers_a_mailbox(founded: World) -> None:
    answer = founded.http.post("/v1/joins", json={"join": "00" * 16}, headers=founded.bearer(founded.awa))
    assert code(answer) == (403, "role_missing")
    join = mailbox(founded)
    put(founded, join, "code1", CODE1)
    assert code(put(founded, join, "code2", CODE2)) == (401, "unauthenticated")


def test_the_link_itself_is_nowhere_in_the_database(founded: World) -> None:
    """Whoever steals the database cannot use a link that is still open: it is stored hashed; the control is not."""
    join = mailbox(founded)
    put(founded, join, "code1", CODE1)
    stored = founded.rows("SELECT * FROM join_link")
    assert any(CODE1 in row for row in stored)
    assert not any(join in row or bytes.fromhex(join) in row for row in stored)


def test_bad_input_is_refused_with_the_place_of_the_fault(founded: World) -> None:
    join = mailbox(founded)
    for bad in ("", "not base64url!", "x" * 4097):
        answer = put(founded, join, "code1", bad)
        assert code(answer) == (422, "invalid_request")
        assert answer.json()["errors"][0]["at"] == "body/code"
