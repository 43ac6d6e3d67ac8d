"""Whose rows a session may touch. PostgreSQL keeps to it whatever a query asks; SQLite has the queries alone.

A session begins with nobody's. Whoever has found out who is calling lets it see more, and no query does so by itself:
what a forgotten condition would show is then nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sync.ids import DeviceId, OrgId, SpaceId


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of a space, of a device (its memberships, and the spaces that they name), and of an association.

    `installation` is every row there is: for who sets up, rebuilds or looks after the whole of it, never for a caller.
    """

    space: SpaceId | None = None
    device: DeviceId | None = None
    org: OrgId | None = None
    installation: bool = False

    def settings(self) -> Mapping[str, str]:
        """Return the database's settings that say so: ids as hex, empty for none."""
        ids = {"space": self.space, "device": self.device, "org": self.org}
        named = {f"escale.{name}": "" if value is None else value.hex() for name, value in ids.items()}
        return named | {"escale.installation": "on" if self.installation else ""}


NOBODY: Final = Scope()
INSTALLATION: Final = Scope(installation=True)
