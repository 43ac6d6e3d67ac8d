"""What the documents point at is there, and nothing committed names the place where it was written."""

import re
import subprocess
from pathlib import Path

import pytest

from server.settings import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_a_link_to_nowhere_is_found(tmp_path: Path) -> None:
    """The control."""
    planted = tmp_path / "planted.md"
    planted.write_text("[nowhere](nowhere.md)")
    with pytest.raises(AssertionError, match=r"nowhere\.md"):
        test_every_link_of_a_document_leads_somewhere(planted)


def test_the_commands_of_the_readme_are_commands_of_dev() -> None:
    listed = subprocess.run([str(ROOT / "dev"), "help"], capture_output=True, text=True, check=True).stdout
    named = set(re.findall(r"`?\./dev ([a-z]+)", (ROOT / "README.md").read_text()))
    assert {"run", "test"} <= named
    assert [command for command in named if not re.search(rf"^    {command} ", listed, re.MULTILINE)] == []


def test_no_tracked_file_is_large() -> None:
    large = [path for path in tracked() if path.stat().st_size > 400 * 1024]
    assert [str(path.relative_to(ROOT)) for path in large] == []
