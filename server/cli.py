"""The command line of a deployer: `./dev escale …`, or `python -m server.cli …` in the image."""

import sys
from typing import Annotated

import typer
import uvicorn
from alembic import command

from server import VERSION
from server.database import migrations
from server.logs import log
from server.main import create_app
from server.settings import Settings

app = typer.Typer(name="escale", no_args_is_help=True, add_completion=False, help=f"Escale {VERSION}")


@app.command()
def migrate() -> None:
    """Bring the database to this version's migration; run again, it changes nothing."""
    settings = Settings()
    if not settings.database_url:
        settings.data.mkdir(parents=True, exist_ok=True)
    command.upgrade(migrations(settings.sqlalchemy_url()), "head")


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
) -> None:
    """Serve the API and the web app until interrupted."""
    application = create_app()
    sys.stdout.write(f"Escale {VERSION} is at http://localhost:{port}\n")
    sys.stdout.flush()
    log.info("serving", version=VERSION)
    uvicorn.run(application, host=host, port=port, access_log=False, log_level="warning", server_header=False)


if __name__ == "__main__":
    app()
