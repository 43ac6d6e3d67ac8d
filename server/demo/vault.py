"""The demo administrator's vault: a folder beside the database, readable by its owner only.

A person's device never keeps its keys so; this one is a process without anybody to type a code, and the people it
administers are invented.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec import Struct, msgpack

from server.demo.device import REGISTRY, identity_of
from sync.ids import OpId, OrgId, SpaceId, WorkerId
from sync.replica import Replica
from sync.stored import decode_replica, encode_replica

KEYS: Final = "demo-administrator.keys"
REPLICA: Final = "demo-administrator.replica"


class _Kept(Struct, array_like=True):
    seeds: tuple[bytes, bytes]
    org: OrgId
    space: SpaceId
    root: OpId
    workers: dict[str, WorkerId]


@dataclass(frozen=True, slots=True)
class Vault:
    """The administrator's two seeds, and whom it administers by name."""

    folder: Path
    seeds: tuple[bytes, bytes]
    org: OrgId
    space: SpaceId
    root: OpId
    workers: Mapping[str, WorkerId]

    def save(self, replica: Replica) -> None:
        """Keep the replica, whole or as it was, and the keys beside it."""
        kept = _Kept(self.seeds, self.org, self.space, self.root, dict(self.workers))
        _write(self.folder / KEYS, msgpack.encode(kept))
        _write(self.folder / REPLICA, encode_replica(replica))

    def replica(self) -> Replica:
        """Return the replica that was kept, every page checked again."""
        return decode_replica((self.folder / REPLICA).read_bytes(), identity_of(self.seeds), REGISTRY)


def open_vault(folder: Path) -> Vault | None:
    """Return the vault of a data folder, or None if it has no demo."""
    path = folder / KEYS
    if not path.is_file():
        return None
    kept = msgpack.decode(path.read_bytes(), type=_Kept)
    return Vault(folder, kept.seeds, kept.org, kept.space, kept.root, kept.workers)


def _write(path: Path, data: bytes) -> None:
    new = path.with_suffix(path.suffix + ".new")
    new.touch(mode=0o600)
    new.write_bytes(data)
    new.replace(path)
