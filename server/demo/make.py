"""Make the demo: found the space, write the directory, live through two weeks, keep the administrator's vault."""

import random
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
from alembic import command
from sqlmodel import SQLModel

from server.database import migrations
from server.demo.care import Care
from server.demo.cast import AREAS, NURSES, ODILE, SITES, SOPHIE, STRUCTURES, WORKERS, ZONES, CastWorker
from server.demo.device import Clock, Device, Place, identity_from, member_body
from server.demo.follow_up import FollowUp
from server.demo.health_file import health_file, open_health_file
from server.demo.sheet import Sheet
from server.demo.stock import Stock
from server.demo.story import DAYS, Story, ms
from server.demo.vault import ADMINISTRATOR, NURSE, Vault
from server.kinds.site import Site
from server.kinds.structure import Structure
from server.kinds.worker import Worker
from server.kinds.zone import Zone
from server.main import create_app
from server.settings import DATABASE, Settings
from sync.codec import encode
from sync.http.service import Service
from sync.ids import OrgId, SpaceId, WorkerId
from sync.replica import Replica
from sync.secret import EpochKey
from sync.store.auth import issue_setup
from sync.store.scope import INSTALLATION, Scope
from sync.writer import Moment, first_epoch, write_founding

ORIGIN = "http://localhost"
SEED = 2021


@dataclass(frozen=True, slots=True)
class Founding:
    """What the founding leaves: every worker's device, those of the health file's members, and the vaults kept."""

    devices: dict[CastWorker, Device]
    health: dict[CastWorker, Device]
    vaults: dict[CastWorker, Vault]


async def make_demo_whole(settings: Settings, now: datetime, progress: Callable[[int, int], None]) -> bool:
    """Make the demo so that an interruption leaves nothing: the embedded database is made aside, then moved.

    A database that exists already, or PostgreSQL, is filled in place.
    """
    if settings.database_url or (settings.data / DATABASE).exists():
        await _migrate(settings)
        return await make_demo(settings, now, progress)
    aside = settings.data / "demo.new"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    beside = settings.model_copy(update={"data": aside})
    await _migrate(beside)
    await make_demo(beside, now, progress)
    for path in sorted(aside.iterdir(), key=lambda path: path.name == DATABASE):
        path.replace(settings.data / path.name)
    aside.rmdir()
    return True


async def _migrate(settings: Settings) -> None:
    await anyio.to_thread.run_sync(
        command.upgrade, migrations(settings.owner_sqlalchemy_url(), settings.role()), "head"
    )


async def make_demo(settings: Settings, now: datetime, progress: Callable[[int, int], None]) -> bool:
    """Make the demo in an empty, migrated database; False if there is a space already.

    Args:
        settings: where the database and the administrator's vault are.
        now: the moment at which the two weeks end.
        progress: called with the days done and their number.
    """
    clock = Clock(ms(now - timedelta(days=DAYS + 1)))
    app = create_app(settings, clock_ms=clock)
    async with app.router.lifespan_context(app):
        service: Service = app.state.sync
        async with service.database.reading(INSTALLATION) as session:
            if await service.store(session).founded():
                return False
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
            founding = await _found(service, http, clock, settings.data)
            zones, structures = await _write_directory(service, founding.vaults[ODILE].org)
            care = Care({worker: founding.health[worker] for worker in NURSES}, random.Random(SEED))
            stock = Stock(random.Random(SEED))
            sheet = Sheet(random.Random(SEED), stock)
            follow_up = FollowUp(random.Random(SEED))
            rng = random.Random(SEED)
            story = Story(founding.devices, zones, structures, clock, rng, care, stock, sheet, follow_up)
            async for day in story.tell(now):
                progress(day + 1, DAYS + 1)
            for worker, vault in founding.vaults.items():
                for device in (founding.devices[worker], founding.health[worker]):
                    await device.sync()
                    vault.save(device.replica)
    return True


async def _found(service: Service, http: httpx.AsyncClient, clock: Clock, folder: Path) -> Founding:
    place = Place(SpaceId(secrets.token_bytes(16)), http, clock, secrets.token_bytes)
    org = OrgId(secrets.token_bytes(16))
    await _open_space(service, place)
    ids = {worker: WorkerId(secrets.token_bytes(16)) for worker in WORKERS}
    keys = {worker: identity_from(secrets.token_bytes) for worker in WORKERS}
    bodies = [member_body(keys[worker][0], org, ids[worker], worker.roles) for worker in WORKERS]
    replica = place.new_replica(keys[ODILE][0], None)
    epoch = first_epoch(place.space, bodies, EpochKey(secrets.token_bytes(32)))
    root = write_founding(replica, bodies, epoch, Moment(clock(), clock(), secrets.token_bytes))
    devices = {ODILE: place.device(ids[ODILE], replica, _keep_nothing)}
    for worker in WORKERS[1:]:
        devices[worker] = place.device(ids[worker], place.new_replica(keys[worker][0], root), _keep_nothing)
    for worker in WORKERS:
        plain = {"role": worker.role, "profession": worker.profession}
        devices[ODILE].begin(Worker, plain, Worker.Sealed(name=worker.name), ids[worker])  # type: ignore[arg-type]
    for device in devices.values():
        await device.sync()
    # Which space is the association's first is told by when it was founded: not both in one instant.
    clock.now_ms += 60_000
    health = await _open_health_file(place, devices)
    workers = {worker.name: ids[worker] for worker in WORKERS}
    vaults = {
        worker: Vault(folder, keys[worker][1], org, place.space, root, workers, health_file(replica), name)
        for worker, name in ((ODILE, ADMINISTRATOR), (SOPHIE, NURSE))
    }
    return Founding(devices, health, vaults)


async def _open_health_file(place: Place, devices: dict[CastWorker, Device]) -> dict[CastWorker, Device]:
    """Open the health file on the administrator's device; the first nurse's device then takes it out of her hands."""
    there = replace(place, space=SpaceId(secrets.token_bytes(16)))
    health = {ODILE: await open_health_file(devices[ODILE], there)}
    for nurse in NURSES:
        await devices[nurse].sync()
        found = health_file(devices[nurse].replica)
        assert found is not None
        replica = there.new_replica(devices[nurse].replica.identity, found.root)
        health[nurse] = there.device(devices[nurse].worker, replica, _keep_nothing)
        await health[nurse].sync()
    return health


async def _open_space(service: Service, place: Place) -> None:
    async with service.database.writing() as session:
        token = await issue_setup(session, place.clock())
    headers = {"authorization": f"Bearer {token}", "content-type": "application/msgpack"}
    answer = await place.http.post("/v1/spaces", content=encode([place.space]), headers=headers)
    answer.raise_for_status()


async def _write_directory(service: Service, org: OrgId) -> tuple[dict[str, bytes], dict[str, tuple[bytes, int]]]:
    """Write the zones, sites and structures; return zone ids, and structure ids with their hours to decide, by name."""
    zones = {name: secrets.token_bytes(16) for name in ZONES}
    structures = {name: (secrets.token_bytes(16), decide_h) for name, _, _, decide_h in STRUCTURES}
    lines: list[SQLModel] = [Zone(org_id=org, id=zone, name=name, area=_area(name)) for name, zone in zones.items()]
    for name, zone, hours, places in SITES:
        line = Site(org_id=org, id=secrets.token_bytes(16), name=name, zone=zones[zone], hours=hours, capacity=places)
        lines.append(line)
    for name, type_, capacity, decide_h in STRUCTURES:
        line_id = structures[name][0]
        deadlines = {"acknowledge_h": decide_h // 2, "start_h": 2 * decide_h, "feedback_h": 4 * decide_h}
        told: dict[str, Any] = {"name": name, "type": type_, "capacity": capacity, "decide_h": decide_h, **deadlines}
        lines.append(Structure(org_id=org, id=line_id, **told))
    async with service.database.writing(Scope(org=org)) as session:
        session.add_all(lines)
    return zones, structures


def _area(name: str) -> dict[str, Any] | None:
    """Return the outline of a zone, whose last corner is its first one again."""
    if name not in AREAS:
        return None
    corners = [list(corner) for corner in AREAS[name]]
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def _keep_nothing(_replica: Replica) -> None:
    """The devices of the cast live as long as the demo is made; only the administrator's is kept, at its end."""


def local_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)
