"""The engine's twins: a file of `sync/` has its brother in TypeScript, and both hold the same limits."""

import re
from pathlib import Path
from typing import Final

import sync.limits

TOP: Final = Path(__file__).parents[2]

PYTHON_ONLY: Final = {
    "store": "the server's tables; a browser has its own store, outside the engine",
    "http": "the service; the browser is its client",
    "client": "the data worker speaks to the server, and an engine never does",
    "__init__": "a package's own file",
}
TYPESCRIPT_ONLY: Final = {
    "bytes": "joining, hashing, hex and big-endian numbers are in Python's standard library",
}


def stems(folder: Path, suffix: str) -> set[str]:
    """Return the names of the modules and packages right under a folder."""
    kept = [path for path in folder.iterdir() if path.suffix == suffix or (path.is_dir() and any(path.glob("*.py")))]
    return {path.name.removesuffix(suffix) for path in kept}


def lonely(python: set[str], typescript: set[str]) -> set[str]:
    """Return the names that stand on one side only and are no exception there."""
    return (python - PYTHON_ONLY.keys()) ^ (typescript - TYPESCRIPT_ONLY.keys())


def numbers(text: str) -> dict[str, int]:
    """Return the constants of a TypeScript file that are products of whole numbers."""
    found = re.findall(r"^export const (\w+) = ([\d_]+(?: \* [\d_]+)*);$", text, re.MULTILINE)
    return {name: product(value) for name, value in found}


def product(value: str) -> int:
    """Return what a product of whole numbers comes to."""
    total = 1
    for factor in value.split(" * "):
        total *= int(factor)
    return total


def limits() -> dict[str, int]:
    """Return Python's limits."""
    return {name: value for name, value in vars(sync.limits).items() if name.isupper()}


PYTHON: Final = stems(TOP / "sync", ".py")
TYPESCRIPT: Final = stems(TOP / "client_pwa" / "src" / "engine", ".ts")
LIMITS: Final = (TOP / "client_pwa" / "src" / "engine" / "limits.ts").read_text()


def test_every_file_has_its_brother() -> None:
    """A reader can hold both engines side by side."""
    assert len(TYPESCRIPT) > 20
    assert lonely(PYTHON, TYPESCRIPT) == set()


def test_a_file_without_a_brother_is_found_on_either_side() -> None:
    """And so is one that lost it."""
    assert lonely(PYTHON | {"planted"}, TYPESCRIPT) == {"planted"}
    assert lonely(PYTHON, TYPESCRIPT | {"planted"}) == {"planted"}
    assert lonely(PYTHON, TYPESCRIPT - {"fold"}) == {"fold"}
    assert lonely(PYTHON - {"fold"}, TYPESCRIPT) == {"fold"}


def test_every_exception_is_one() -> None:
    """An exception for a file that is gone, or that has a brother by now, is no longer true."""
    assert PYTHON_ONLY.keys() <= PYTHON
    assert TYPESCRIPT_ONLY.keys() <= TYPESCRIPT
    assert not PYTHON_ONLY.keys() & TYPESCRIPT
    assert not TYPESCRIPT_ONLY.keys() & PYTHON


def test_both_engines_hold_the_same_limits() -> None:
    """Name for name and number for number."""
    assert len(limits()) > 8
    assert numbers(LIMITS) == limits()


def test_another_limit_is_found() -> None:
    """A number changed on one side, a name missing there, and a limit that is no plain product."""
    assert numbers(LIMITS.replace("KILLS_MAX = 64", "KILLS_MAX = 65")) != limits()
    assert numbers(LIMITS.replace("export const KILLS_MAX = 64;", "")) != limits()
    assert numbers(LIMITS.replace("4 * 1024", "2 ** 12")) != limits()
