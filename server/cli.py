"""The command line of a deployer: `./dev escale …`, or `python -m server.cli …` in the image."""

import asyncio
import sys
from contextlib import suppress
from socket import socket
from typing import Annotated

import typer
import uvicorn
from alembic import command
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

from server import VERSION
from server.database import migrations
from server.demo.administrator import administer as run_administrator
from server.demo.make import local_now, make_demo_whole
from server.demo.vault import open_vault
from server.journal.at_push import rebuild_association
from server.logs import log
from server.main import create_app
from server.members.setup import offer_setup
from server.settings import Settings
from sync.http.service import wall_clock_ms
from sync.ids import SpaceId
from sync.store.database import Database
from sync.store.postgresql import RoleSeesEveryRow
from sync.store.repository import Repository
from sync.store.scope import INSTALLATION

app = typer.Typer(name="escale", no_args_is_help=True, add_completion=False, help=f"Escale {VERSION}")


@app.command()
def migrate() -> None:
    """Bring the database to this version's migration; run again, it changes nothing."""
    settings = Settings()
    if not settings.database_url:
        settings.data.mkdir(parents=True, exist_ok=True)
    command.upgrade(migrations(settings.owner_sqlalchemy_url(), settings.role()), "head")


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve the API and the web app until interrupted; an empty installation also gets a new set-up link."""
    settings = Settings()
    application = create_app(settings)
    link = asyncio.run(_setup_link(settings, settings.origin or f"http://localhost:{port}"))
    if link is not None:
        _say(f"Nobody administers this installation yet. Open this link once, within seven days:\n{link}")
    config = configuration(application, settings, host, port)
    _Announced(config, f"Escale {VERSION} is at http://localhost:{port}").run()


@app.command()
def rebuild() -> None:
    """Write every kind's table again from the log; the log itself is not touched."""

    async def run() -> None:
        database = Database(Settings().sqlalchemy_url())
        async with database.writing(INSTALLATION) as session:
            store = Repository(session, database.dialect)
            spaces = await store.founded_spaces()
            for org in {space.org for space in spaces}:
                await rebuild_association(store, org, [SpaceId(one.space) for one in spaces if one.org == org])
        await database.close()

    asyncio.run(run())
    _say("every table was written again from the log")


@app.command()
def demo() -> None:
    """Make the demo association in an empty database; where there is anything already, change nothing."""
    made = asyncio.run(make_demo_whole(Settings(), local_now(), _show_days))
    if made:
        _say("")


@app.command()
def administer(
    origin: Annotated[str, typer.Option(help="The server's address, as tablets dial it.")] = "http://localhost:8000",
) -> None:
    """Be the demo's administrator: print one join link for each role, and answer each by itself."""
    vault = open_vault(Settings().data)
    if vault is None:
        sys.stderr.write("this data folder has no demo\n")
        raise typer.Exit(1)
    with suppress(KeyboardInterrupt):
        asyncio.run(run_administrator(vault, origin, _say))


def configuration(application: FastAPI, settings: Settings, host: str, port: int) -> uvicorn.Config:
    """Return how the application is served; who asks is the other end of the line, unless that is a trusted proxy."""
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
    )


class _Announced(uvicorn.Server):
    """A server that says where it is once it listens there, and not before."""

    def __init__(self, config: uvicorn.Config, sentence: str) -> None:
        super().__init__(config)
        self._sentence = sentence

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Listen, then say so; a port that is taken ends the process before."""
        await super().startup(sockets)
        if self.started:
            _say(self._sentence)
            log.info("serving", version=VERSION)


async def _setup_link(settings: Settings, origin: str) -> str | None:
    """Return a set-up link, or None; a database that does not answer is for `/healthz` to report."""
    database = Database(settings.sqlalchemy_url())
    try:
        return await offer_setup(database, origin, wall_clock_ms())
    except (SQLAlchemyError, OSError):
        return None
    finally:
        await database.close()


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _show_days(done: int, days: int) -> None:
    if sys.stdout.isatty() or done == days:
        sys.stdout.write(f"\rthe demo association: day {done} of {days}")
        sys.stdout.flush()


def main() -> None:
    """Run the command; what only a deployer can mend ends in a sentence."""
    try:
        app()
    except RoleSeesEveryRow as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
