"""Write what is derived: `./dev api`; with `--check`, say which files are stale and change nothing."""

import sys
from collections.abc import Callable

import yaml

from server.kinds.derived.catalogue_json import catalogue_json
from server.kinds.derived.catalogue_types import catalogue_types
from server.kinds.derived.glossary import glossary
from server.kinds.derived.what_we_hold import what_we_hold
from server.main import create_app
from server.settings import ROOT, Settings


def openapi() -> str:
    """Return the API's description, without the web app's files."""
    document = create_app(Settings(app=ROOT / "no-app")).openapi()
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


DERIVED: dict[str, Callable[[], str]] = {
    "openapi.yaml": openapi,
    "client_pwa/src/domain/catalogue.json": catalogue_json,
    "client_pwa/src/domain/catalogue.types.ts": catalogue_types,
    "docs/what-we-hold.md": what_we_hold,
    "docs/glossary.md": glossary,
}


def stale() -> list[str]:
    """Return the derived files that differ from what they are derived from."""
    return [
        name for name, write in DERIVED.items() if not (ROOT / name).is_file() or (ROOT / name).read_text() != write()
    ]


def main(arguments: list[str]) -> int:
    old = stale()
    if "--check" in arguments:
        for name in old:
            sys.stderr.write(f"{name} is stale: run ./dev api\n")
        return 1 if old else 0
    for name in old:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(DERIVED[name]())
        sys.stderr.write(f"wrote {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
