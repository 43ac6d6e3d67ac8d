"""An association with a health file: the real application on a real database, and real devices of its workers.

Odile and Lou administer it, Inès and Sophie are nurses, Chloé is a social worker; the papers are the recovery member.
"""

import asyncio
import secrets
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

import httpx
import sqlalchemy as sa

from server.demo.device import REGISTRY, Clock, Device, Place, identity_from, member_body
from server.demo.health_file import HealthFile, health_file, open_health_file
from server.kinds.worker import Worker
from server.main import create_app
from sync.codec import encode
from sync.envelope import DoesNotOpen, open_payload
from sync.http.service import Service
from sync.ids import EntityId, HeaderBytes, OrgId, Sealed, SpaceId, StreamId, WorkerId
from sync.keyring import Identity, Keyring
from sync.keys import op_key
from sync.op import OpClass, decode_header
from sync.recovery import recovery_body, recovery_identity
from sync.replica import Replica, new_replica
from sync.secret import EpochKey, RecoverySeed
from sync.store.auth import issue_setup
from sync.store.pages import PAGE_BYTES_DEFAULT, page_after
from sync.store.repository import OP, Repository
from sync.store.scope import INSTALLATION
from sync.writer import first_epoch, write_founding
from tests.conftest import settings_for

ROLES: Final = {
    "Odile": ("administrator", 7),
    "Lou": ("administrator", 7),
    "Inès": ("health", 1),
    "Sophie": ("health", 1),
    "Chloé": ("outreach", 1),
}
PAPERS: Final = "papers"

T = TypeVar("T")


class HealthWorld:
    """`field` and `health` are the devices of each by name; the second have arrived in the health space."""

    def __init__(self, database_url: str) -> None:
        self._runner = asyncio.Runner()
        self.clock = Clock(1_795_300_800_000)
        self._app = create_app(settings_for(database_url), self.clock)
        self._lifespan = self._app.router.lifespan_context(self._app)
        self.run(self._lifespan.__aenter__())
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url="http://localhost")
        self.place = Place(SpaceId(secrets.token_bytes(16)), self._http, self.clock, secrets.token_bytes)
        self.org = OrgId(secrets.token_bytes(16))
        self.field: dict[str, Device] = {}
        self.health: dict[str, Device] = {}
        self.run(self._found())

    def close(self) -> None:
        self.run(self._http.aclose())
        self.run(self._lifespan.__aexit__(None, None, None))
        self._runner.close()

    def run(self, step: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(step)

    @property
    def service(self) -> Service:
        service: Service = self._app.state.sync
        return service

    async def _found(self) -> None:
        async with self.service.database.writing() as session:
            token = await issue_setup(session, self.clock())
        headers = {"authorization": f"Bearer {token}"}
        opened = await self._http.post("/v1/spaces", content=encode([self.place.space]), headers=headers)
        assert opened.status_code == 201
        workers = {name: WorkerId(secrets.token_bytes(16)) for name in ROLES}
        identities = {name: identity_from(secrets.token_bytes)[0] for name in ROLES}
        papers = recovery_identity(RecoverySeed(secrets.token_bytes(32)))
        bodies = [member_body(identities[name], self.org, workers[name], roles) for name, (_, roles) in ROLES.items()]
        bodies.append(recovery_body(papers, self.org))
        replica = self.place.new_replica(identities["Odile"], None)
        odile = self.place.device(workers["Odile"], replica, lambda _: None)
        epoch = first_epoch(self.place.space, bodies, EpochKey(secrets.token_bytes(32)))
        root = write_founding(replica, bodies, epoch, odile.moment())
        self.field["Odile"] = odile
        for name, (role, _) in ROLES.items():
            said = Worker.Sealed(name=name)
            odile.begin(Worker, {"role": role, "profession": "other"}, said, EntityId(bytes(workers[name])))
            if name != "Odile":
                self.field[name] = self._device(workers[name], identities[name], root)
        self.field[PAPERS] = self._device(WorkerId(bytes(16)), papers, root)
        await self.sync(*self.field)

    def _device(self, worker: WorkerId, identity: Identity, root: Any) -> Device:
        return self.place.device(worker, self.place.new_replica(identity, root), lambda _: None)

    async def sync(self, *names: str) -> None:
        """Push and pull the field space on some devices, one after the other."""
        for name in names:
            await self.field[name].sync()

    def somewhere(self) -> Place:
        """Return the place of a new space."""
        return Place(SpaceId(secrets.token_bytes(16)), self._http, self.clock, secrets.token_bytes)

    def open(self) -> HealthFile:
        """Open the health file on Odile's device, and let the nurses', the other administrator's and it arrive."""

        async def opened() -> HealthFile:
            await self.sync("Odile")
            self.health["Odile"] = await open_health_file(self.field["Odile"], self.somewhere())
            for name in ("Inès", "Sophie", "Lou", "Odile"):
                await self.arrive(name)
            found = health_file(self.field["Odile"].replica)
            assert found is not None
            return found

        return self.run(opened())

    async def arrive(self, name: str) -> Device:
        """Read both spaces on a device that is a member of both, as the pointer says where."""
        await self.sync(name)
        if name not in self.health:
            found = health_file(self.field[name].replica)
            assert found is not None
            there = Place(found.space, self._http, self.clock, secrets.token_bytes)
            replica = there.new_replica(self.field[name].replica.identity, found.root)
            self.health[name] = there.device(self.field[name].worker, replica, lambda _: None)
        await self.health[name].sync()
        return self.health[name]

    def exchange(self, *names: str) -> None:
        """Push and pull the health space on some devices, one after the other."""
        for name in names:
            self.run(self.health[name].sync())

    # ── Whoever has the whole database ──

    def stolen(self, health: HealthFile, identity: Identity) -> Replica:
        """Return the health space as a device reads it that has the whole database, whoever it belongs to."""

        async def read() -> Replica:
            thief = new_replica(identity, REGISTRY, health.space, health.root, StreamId(bytes(16)))
            async with self.service.database.reading(INSTALLATION) as session:
                store = Repository(session, self.service.database.dialect)
                end = await store.space(health.space)
                assert end is not None
                while thief.reader.view.cursor < end.cursor:
                    page = await page_after(store, health.space, thief.reader.view.cursor, PAGE_BYTES_DEFAULT)
                    thief.apply_page(page, self.clock())
            return thief

        return self.run(read())

    def sealed_ops(self, space: SpaceId) -> list[tuple[HeaderBytes, Sealed]]:
        """Return every op of a space that is no control op, as the database holds it."""

        async def read() -> list[tuple[HeaderBytes, Sealed]]:
            async with self.service.database.reading(INSTALLATION) as session:
                query = sa.select(OP.c.header, OP.c.sealed).where(OP.c.space == space, OP.c.op_class != OpClass.CONTROL)
                rows = (await (await session.connection()).execute(query.order_by(OP.c.cursor))).all()
                return [(HeaderBytes(bytes(row.header)), Sealed(bytes(row.sealed))) for row in rows]

        return self.run(read())

    def dump(self) -> bytes:
        """Return every value of every table, texts as UTF-8."""

        async def read() -> bytes:
            async with self.service.database.reading(INSTALLATION) as session:
                connection = await session.connection()
                names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
                found = [
                    value
                    for name in names
                    for row in await connection.exec_driver_sql(f'SELECT * FROM "{name}"')
                    for value in row
                ]
            return b"\0".join(value if isinstance(value, bytes) else str(value).encode() for value in found)

        return self.run(read())


def opened_with(keyring: Keyring, ops: list[tuple[HeaderBytes, Sealed]]) -> int:
    """Return how many ops open with any epoch key and any secret of a keyring, tried as if they were the right ones."""
    return sum(any(_opens(keyring, one, key) for key in keyring.epoch_keys.values()) for one in ops)


def _opens(keyring: Keyring, op: tuple[HeaderBytes, Sealed], key: EpochKey) -> bool:
    header = decode_header(op[0])
    for salt in (None, keyring.secrets.get(header.entity)):
        for space in (header.space, keyring.space):
            with suppress(DoesNotOpen):
                open_payload(op_key(key, salt, space, header.entity, header.epoch), op[1], op[0])
                return True
    return False
