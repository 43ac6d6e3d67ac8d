"""Push one contact with the worked example's plain field to the application; print the answer and what is read back."""

import json
import sys
from pathlib import Path

from alembic import command
from fastapi.testclient import TestClient

from server.database import migrations
from server.main import create_app
from sync.op import OpClass
from tests.conftest import settings_for
from tests.world import World


def main(folder: Path) -> None:
    url = f"sqlite+aiosqlite:///{folder / 'escale.db'}"
    command.upgrade(migrations(url), "head")
    with TestClient(create_app(settings_for(url), clock_ms=lambda: world.now)) as http:
        world = World(http, url)
        world.found()
        contact = world.awa.op(OpClass.ROW, "contact", world.awa.id(), facts=(("first", True),))
        pushed = world.push(world.awa.push([contact]))
        read = http.get("/v1/kinds/contact", headers=world.bearer(world.awa)).json()["lines"]
        refusal = None if pushed.is_success else pushed.json()["code"]
        sys.stdout.write(json.dumps({"refusal": refusal, "first": [line.get("first") for line in read]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
