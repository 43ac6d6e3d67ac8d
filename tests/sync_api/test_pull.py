"""Pages: whole segments, from any segment's end, for members only."""

import pytest

from sync.ids import SpaceId
from sync.log import OpRow, log_0
from tests.pens import Pen
from tests.world import SPACE, World, code


def ask(world: World, path: str, headers: dict[str, str]) -> tuple[int, str]:
    return code(world.http.get(f"/v1/spaces/{path}", headers=headers))


def test_a_page_of_many_segments_holds_every_op_in_its_place(founded: World) -> None:
    pushed = [[founded.awa.genesis() for _ in range(n)] for n in (1, 4, 2)]
    for pairs in pushed:
        founded.accept(founded.awa, pairs)
    page = founded.page(founded.awa, after=3)
    assert [
        [(row.header, row.sealed) for row in paged.rows if isinstance(row, OpRow)] for paged in page.segments
    ] == pushed


def test_an_empty_page_stands_where_the_reader_stands(founded: World) -> None:
    page = founded.page(founded.awa, after=3)
    assert (page.to_cursor, page.more, page.segments) == (3, False, ())
    assert page.log == founded.page(founded.awa).log


def test_pages_follow_each_other_without_gap_or_repeat(founded: World) -> None:
    for _ in range(5):
        founded.accept(founded.awa, [founded.awa.genesis() for _ in range(3)])
    cursor, cursors, more = 0, [], True
    while more:
        page = founded.page(founded.awa, after=cursor, max_bytes=2_000)
        cursors += [segment.first_cursor + i for segment in page.segments for i in range(len(segment.rows))]
        cursor, more = page.to_cursor, page.more
    assert cursors == list(range(1, 19))


def test_a_page_holds_at_least_one_segment_however_small_it_is_asked(founded: World) -> None:
    page = founded.page(founded.awa, max_bytes=1)
    assert (len(page.segments), page.more) == (1, False)


@pytest.mark.parametrize("inside", [1, 2, 99])
def test_a_cursor_inside_a_segment_is_no_place_to_go_on_from(founded: World, inside: int) -> None:
    headers = founded.bearer(founded.awa)
    assert ask(founded, f"{SPACE.hex()}/ops?after={inside}", headers) == (409, "log_mismatch")


def test_strangers_and_unknown_spaces_get_the_same_answer(founded: World) -> None:
    headers = founded.bearer(founded.awa)
    assert ask(founded, f"{SpaceId(bytes(16)).hex()}/ops", headers) == (403, "not_member")


def test_without_a_token_nothing_is_read(founded: World) -> None:
    for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic YTpi"}):
        assert ask(founded, f"{SPACE.hex()}/ops", headers) == (401, "unauthenticated")
        assert ask(founded, f"{SPACE.hex()}/log?at=0", headers) == (401, "unauthenticated")


def test_the_log_hash_is_told_at_segment_ends_only(founded: World) -> None:
    headers = founded.bearer(founded.awa)
    path = f"/v1/spaces/{SPACE.hex()}/log"
    assert founded.http.get(path, params={"at": 0}, headers=headers).content.endswith(log_0(SPACE))
    page = founded.page(founded.awa)
    assert page.log is not None
    assert founded.http.get(path, params={"at": 3}, headers=headers).content.endswith(page.log)
    assert ask(founded, f"{SPACE.hex()}/log?at=2", headers) == (404, "unknown_cursor")


def test_an_address_that_is_no_id_is_refused(founded: World) -> None:
    assert ask(founded, "momo/ops", founded.bearer(founded.awa)) == (422, "invalid_request")


def test_a_stranger_with_a_key_gets_no_token(founded: World) -> None:
    assert code(founded.token(Pen(SPACE, 9))) == (401, "unauthenticated")
