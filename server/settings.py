"""What a deployer may set, from the environment only."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

ROOT = Path(__file__).resolve().parent.parent
DATABASE = "escale.db"


class Settings(BaseSettings):
    """One instance for each application; nothing else reads the environment."""

    model_config = SettingsConfigDict(env_prefix="ESCALE_", frozen=True)

    data: Path = ROOT / "data"
    """Folder of the embedded database; unused with `DATABASE_URL`."""

    app: Path = ROOT / "client_pwa" / "dist"
    """Folder of the built web app."""

    origin: str | None = None
    """`https://host[:port]` as tablets dial it; without it, what each request was addressed to."""

    trusted_proxies: str = "127.0.0.1"
    """Addresses or networks, with commas, of the proxies whose `X-Forwarded-For` says who asks."""

    requests_per_address: int = Field(default=3_000, ge=0)
    """Requests a minute from one address, behind which there may be a team of tablets; 0: no limit."""

    requests_per_device: int = Field(default=1_200, ge=0)
    """Requests a minute with a device's token, and pushes of it that are stored; 0: no limit."""

    bytes_per_device: int = Field(default=64 * 1024 * 1024, ge=0)
    """Bytes a day that are stored for one device; 0: no limit."""

    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    """`postgresql://…`; empty means the embedded SQLite database in `data`."""

    owner_url: str = Field(default="", validation_alias="DATABASE_OWNER_URL")
    """The same database by the role that owns its tables, for `migrate` only; empty means `DATABASE_URL`."""

    def sqlalchemy_url(self) -> str:
        """Return the URL with its asynchronous driver."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data / DATABASE}"
        return _with_driver(self.database_url)

    def owner_sqlalchemy_url(self) -> str:
        """Return the URL of the tables' owner with its asynchronous driver."""
        return _with_driver(self.owner_url) if self.owner_url else self.sqlalchemy_url()

    def role(self) -> str | None:
        """Return the role that the server works as where another owns the tables, or None."""
        return make_url(self.sqlalchemy_url()).username if self.owner_url else None


def _with_driver(url: str) -> str:
    _, separator, rest = url.partition("://")
    if not separator or not url.startswith(("postgres", "sqlite")):
        raise ValueError("DATABASE_URL must begin with postgresql:// or sqlite://")
    driver = "sqlite+aiosqlite" if url.startswith("sqlite") else "postgresql+asyncpg"
    return f"{driver}://{rest}"
