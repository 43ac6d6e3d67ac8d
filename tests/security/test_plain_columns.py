"""What the server can read is a list that people have accepted, column by column (threats 6 and 8).

`accepted_plain_columns.txt` holds one line for each column of every table. A new column fails here until somebody adds
its line by hand, and with it takes it on that the server may read it.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Column, MetaData, String
from sqlmodel import SQLModel

import server.main  # noqa: F401 - brings every table that the application has
from server.kinds.catalogue import TABLED
from server.kinds.kind import kind_name

ACCEPTED = Path(__file__).with_name("accepted_plain_columns.txt")


def plain_columns(metadata: MetaData) -> set[str]:
    """Return one line for each column that any table of the application has."""
    return {f"{table.name}.{column.name} {column.type}" for table in metadata.tables.values() for column in table.c}


def accepted() -> set[str]:
    return set(ACCEPTED.read_text().splitlines())


def advice(new: Iterable[str], gone: Iterable[str]) -> str:
    lines = [*(f"+ {line}" for line in sorted(new)), *(f"- {line}" for line in sorted(gone))]
    return "The server can read other columns than accepted; change the list by hand:\n" + "\n".join(lines)


def test_the_server_can_read_the_accepted_columns_and_no_other() -> None:
    now = plain_columns(SQLModel.metadata)
    assert now == accepted(), advice(now - accepted(), accepted() - now)


def test_every_kind_is_among_the_tables() -> None:
    """The control of the control: the list is not short because the tables were not loaded."""
    listed = {line.split(".")[0] for line in accepted()}
    assert {kind_name(kind) for kind in TABLED} | {"space", "segment", "op", "member"} <= listed


def test_a_new_plain_column_is_found() -> None:
    """The control: a nickname planted in the person's table is not on the list."""
    person = SQLModel.metadata.tables["person"]
    person.append_column(Column("nickname", String(80)))
    try:
        new = plain_columns(SQLModel.metadata) - accepted()
    finally:
        person._columns.remove(person.c.nickname)
    assert new == {"person.nickname VARCHAR(80)"}
    assert "+ person.nickname VARCHAR(80)" in advice(new, ())


def test_the_list_is_in_order_and_has_no_line_twice() -> None:
    lines = ACCEPTED.read_text().splitlines()
    assert lines == sorted(set(lines))
