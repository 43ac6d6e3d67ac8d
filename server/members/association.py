"""An association that uses this installation. Its id begins every key of `server/`."""

from sqlalchemy import LargeBinary, String
from sqlmodel import Field, SQLModel


class Association(SQLModel, table=True):
    """`space` is the one log of its field work."""

    org_id: bytes = Field(primary_key=True, sa_type=LargeBinary(16))
    space: bytes = Field(sa_type=LargeBinary(16), unique=True)
    name: str = Field(sa_type=String(80))
