"""The association that is attacked, on a real server's database."""

import shutil
from pathlib import Path

import pytest

from tests.security.attacks.association import base
from tests.security.attacks.served import replay, serving


@pytest.fixture(scope="session")
def association(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the association's log."""
    file = tmp_path_factory.mktemp("attacks") / "association.db"
    shutil.copy(sqlite_template, file)
    with serving(file) as world:
        assert world.open_space(world.setup_secret()).status_code == 201
        replay(world, tuple(base().pushes))
    return file
