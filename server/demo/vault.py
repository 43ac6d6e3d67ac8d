"""A demo device's vault: a folder beside the database, readable by its owner only.

A person's device never keeps its keys so; this one is a process without anybody to type a code, and the people whose
records it opens are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from msgspec import Struct, msgpack

from server.demo.device import REGISTRY, Device, Place, Random, identity_of
from server.demo.health_file import HealthFile
from sync.http.service import wall_clock_ms
from sync.ids import OpId, OrgId, SpaceId, WorkerId
from sync.replica import Replica
from sync.stored import decode_replica, encode_replica

ADMINISTRATOR: Final = "administrator"
NURSE: Final = "nurse"


class _Kept(Struct, array_like=True):
    seeds: tuple[bytes, bytes]
    org: OrgId
    space: SpaceId
    root: OpId
    workers: dict[str, WorkerId]
    health: HealthFile | None = None  # none in what an older demo has kept


@dataclass(frozen=True, slots=True)
class Vault:
    """A device's two seeds, whom the demo is about by name, and the spaces that the device is a member of."""

    folder: Path
    seeds: tuple[bytes, bytes]
    org: OrgId
    space: SpaceId
    root: OpId
    workers: Mapping[str, WorkerId]
    health: HealthFile | None = None
    name: str = ADMINISTRATOR

    def save(self, replica: Replica) -> None:
        """Keep the replica of one of the spaces, whole or as it was, and the keys beside it."""
        kept = _Kept(self.seeds, self.org, self.space, self.root, dict(self.workers), self.health)
        _write(self._path("keys"), msgpack.encode(kept))
        _write(self._path(self._suffix(replica.space)), encode_replica(replica))

    def replica(self) -> Replica:
        """Return the replica of the field space that was kept, every page checked again."""
        return self._replica(self.space)

    def health_replica(self) -> Replica | None:
        """Return the replica of the health space that was kept, or None if there is none."""
        return None if self.health is None else self._replica(self.health.space)

    def devices(self, http: httpx.AsyncClient, worker: str, random: Random) -> tuple[Device, Device | None]:
        """Return the device of a worker in the field space, and in the health space if there is one."""
        health = self.health_replica()
        own = self.workers[worker]
        field = Place(self.space, http, wall_clock_ms, random).device(own, self.replica(), self.save)
        if health is None:
            return field, None
        return field, Place(health.space, http, wall_clock_ms, random).device(own, health, self.save)

    def _replica(self, space: SpaceId) -> Replica:
        data = self._path(self._suffix(space)).read_bytes()
        return decode_replica(data, identity_of(self.seeds), REGISTRY)

    def _suffix(self, space: SpaceId) -> str:
        return "replica" if space == self.space else "health"

    def _path(self, suffix: str) -> Path:
        return self.folder / f"demo-{self.name}.{suffix}"


def open_vault(folder: Path, name: str = ADMINISTRATOR) -> Vault | None:
    """Return a vault of a data folder, or None if it has none of that name."""
    path = folder / f"demo-{name}.keys"
    if not path.is_file():
        return None
    kept = msgpack.decode(path.read_bytes(), type=_Kept)
    return Vault(folder, kept.seeds, kept.org, kept.space, kept.root, kept.workers, kept.health, name)


def _write(path: Path, data: bytes) -> None:
    new = path.with_suffix(path.suffix + ".new")
    new.touch(mode=0o600)
    new.write_bytes(data)
    new.replace(path)
