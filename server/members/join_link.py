"""A join link: a mailbox in which a new device and an administrator's exchange two codes, once, for a while.

The server carries the codes and is not trusted with them: both screens show the same sixteen letters, made of both
codes, and people compare them by voice. It knows a link by the hash of what stands in it.
"""

from typing import Final

from sqlalchemy import BigInteger, LargeBinary, String
from sqlmodel import Field, SQLModel

CODE_CHARS_MAX: Final = 4_096
LIFETIME_MS: Final = 7 * 24 * 3_600_000


class JoinLink(SQLModel, table=True):
    """`code1` is the new device's, `code2` the administrator's answer."""

    __tablename__ = "join_link"

    join_hash: bytes = Field(primary_key=True, sa_type=LargeBinary(32))
    org_id: bytes = Field(sa_type=LargeBinary(16))
    code1: str | None = Field(default=None, sa_type=String(CODE_CHARS_MAX))
    code2: str | None = Field(default=None, sa_type=String(CODE_CHARS_MAX))
    expires_ms: int = Field(sa_type=BigInteger)
