"""The worked example of CONTRIBUTING.md: its blocks, applied to a copy of the tree, are all that a new field takes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory

from server.database import migrations
from server.derive import DERIVED
from server.settings import ROOT
from tests.docs.test_documents import tracked

BLOCKS = re.findall(r"^```diff\n(.*?)^```$", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL | re.MULTILINE)
MIGRATION = "migrations/versions/contact_first_meeting.py"
BY_HAND = {
    "server/kinds/contact.py",
    MIGRATION,
    "client_pwa/src/ui/screens/Encounter.svelte",
    "tests/security/accepted_plain_columns.txt",
}
HELD = [
    "tests/migrations",
    "tests/security/test_health_space.py",
    "tests/security/test_plain_columns.py",
    "tests/security/test_sealed_words.py",
    "tests/unit/test_derived_files.py",
    "tests/unit/test_catalogue_growth.py",
]
"""The tests that read a kind's columns; who attacks a server or floods it does so whatever a contact holds."""
TYPES = "client_pwa/src/domain/catalogue.types.ts"


class Copy:
    """The tree as it stands here, in a folder where it may be changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for path in tracked():
            target = root / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        (root / "client_pwa/node_modules").symlink_to(ROOT / "client_pwa/node_modules")

    def run(self, *command: str, where: str = ".", given: str | None = None) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        own = {"PATH": path, "PYTHONPATH": str(self.root), "DATABASE_URL": ""}
        return subprocess.run(
            command,
            cwd=self.root / where,
            env=os.environ | own,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = self.run(sys.executable, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def apply(self, block: str) -> None:
        done = self.run("git", "apply", "--unidiff-zero", "-", given=block)
        assert done.returncode == 0, f"{done.stderr}\nThe example no longer fits the tree:\n{block}"

    def check_screens(self) -> bool:
        """Tell whether the app's screens keep their types."""
        return self.run("npx", "svelte-check", "--tsconfig", "./tsconfig.json", where="client_pwa").returncode == 0

    def first_meeting(self, folder: Path) -> Any:
        folder.mkdir()
        return json.loads(self.python("-m", "tests.docs.first_meeting", str(folder)).stdout.splitlines()[-1])

    def changed(self) -> set[str]:
        files = {path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file() and self._is_ours(path)}
        return {
            str(file)
            for file in files
            if not (ROOT / file).is_file() or (ROOT / file).read_bytes() != (self.root / file).read_bytes()
        }

    def _is_ours(self, path: Path) -> bool:
        made = {"node_modules", "__pycache__", ".git"}
        return not made & set(path.relative_to(self.root).parts) and path.suffix != ".pyc"


@pytest.mark.timeout(300)
def test_a_plain_and_a_sealed_field_touch_the_kind_a_migration_the_screen_and_what_is_derived(tmp_path: Path) -> None:
    copy = Copy(tmp_path / "tree")
    assert copy.first_meeting(tmp_path / "before") == {"refusal": "bad_fact", "first": []}
    head = ScriptDirectory.from_config(migrations("sqlite+aiosqlite://")).get_current_head()
    for block in BLOCKS:
        copy.apply(block.replace('"HEAD"', f'"{head}"'))
    assert copy.changed() == BY_HAND

    copy.python("-m", "server.derive")
    assert TYPES in copy.changed() - BY_HAND <= set(DERIVED)
    types_before, types = ((root / TYPES).read_text() for root in (ROOT, copy.root))
    for line in ("first?: boolean | null;", "next_step?: string | null;"):
        assert (line in types_before, line in types) == (False, True)
    assert copy.check_screens()
    assert copy.first_meeting(tmp_path / "after") == {"refusal": None, "first": [True]}

    copy.python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not postgresql", "--rootdir", ".", *HELD)


def test_a_block_that_no_longer_fits_is_found(tmp_path: Path) -> None:
    """The control."""
    copy = Copy(tmp_path / "tree")
    stale = next(block for block in BLOCKS if "contact.py" in block).replace("plain.codes", "plain.codas")
    with pytest.raises(AssertionError, match="no longer fits"):
        copy.apply(stale)
