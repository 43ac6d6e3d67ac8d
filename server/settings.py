"""What a deployer may set, from the environment only."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

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

    def sqlalchemy_url(self) -> str:
        """Return the URL with its asynchronous driver."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data / DATABASE}"
        _, separator, rest = self.database_url.partition("://")
        if not separator or not self.database_url.startswith(("postgres", "sqlite")):
            raise ValueError("DATABASE_URL must begin with postgresql:// or sqlite://")
        driver = "sqlite+aiosqlite" if self.database_url.startswith("sqlite") else "postgresql+asyncpg"
        return f"{driver}://{rest}"
