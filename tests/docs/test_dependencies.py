"""Every dependency is pinned with hashes, without an address, and has one line that says why it is here."""

import json
import re
import tomllib

import pytest

from server import VERSION
from server.settings import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGE = json.loads((ROOT / "client_pwa" / "package.json").read_text())
LOCKED = json.loads((ROOT / "client_pwa" / "package-lock.json").read_text())
LOCKS = ("run", "build", "dev")


def python_dependencies() -> set[str]:
    groups = PROJECT["dependency-groups"]
    named = [*PROJECT["project"]["dependencies"], *groups["build"], *groups["dev"]]
    return {re.split(r"[\[=]", name)[0] for name in named}


def web_dependencies() -> set[str]:
    return set(PACKAGE.get("dependencies", {})) | set(PACKAGE["devDependencies"])


def reasons() -> set[str]:
    rows = re.findall(r"^\| ([^|]+) \| [^|]{10,} \|$", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    return {name.strip() for row in rows for name in row.split(",")}


def test_every_dependency_has_its_reason_and_every_reason_its_dependency() -> None:
    assert python_dependencies() | web_dependencies() == reasons() - {"starlette", "package"}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_python_package_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / "locks" / f"{lock}.txt").read_text()
    packages = re.findall(r"^[a-z0-9].*==.*(?:\\\n    --hash=sha256:[0-9a-f]{64} ?)+", text, re.MULTILINE)
    assert len(packages) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 10
    assert "://" not in text
    assert "index-url" not in text


def test_every_python_dependency_is_in_the_lock_at_its_version() -> None:
    text = (ROOT / "locks" / "dev.txt").read_text()
    groups = PROJECT["dependency-groups"]
    for pinned in [*PROJECT["project"]["dependencies"], *groups["build"], *groups["dev"]]:
        without_extras = re.sub(r"\[.*\]", "", pinned)
        assert re.search(rf"^{re.escape(without_extras)} ", text, re.MULTILINE), pinned


def test_every_locked_web_package_has_its_integrity_and_no_address() -> None:
    packages = {name: locked for name, locked in LOCKED["packages"].items() if name}
    assert len(packages) > 20
    assert [name for name, locked in packages.items() if "integrity" not in locked] == []
    assert [name for name, locked in packages.items() if "resolved" in locked] == []


def test_web_versions_are_exact() -> None:
    versions = {**PACKAGE.get("dependencies", {}), **PACKAGE["devDependencies"]}
    assert [name for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_one_version_everywhere() -> None:
    assert PROJECT["project"]["version"] == PACKAGE["version"] == LOCKED["version"] == VERSION
