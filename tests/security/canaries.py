"""Where a word that must not be readable is looked for: every file of a folder, in every form it could have."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path

BASE64_CHARS_MIN = 8


def forms(word: str) -> Iterator[bytes]:
    """Yield a word as UTF-8, UTF-16 both ways, and inside base64 at each of the three offsets.

    The characters of base64 that the neighbours share are left out; what is left of a short word would be found by
    chance.
    """
    utf8 = word.encode()
    yield utf8
    yield word.encode("utf-16-le")
    yield word.encode("utf-16-be")
    for offset in range(3):
        inside = b64encode(bytes(offset) + utf8)
        alone = inside[4 if offset else 0 : len(inside) - 4]
        if len(alone) >= BASE64_CHARS_MIN:
            yield alone


def leaks(words: Iterable[str], folder: Path) -> list[tuple[str, str]]:
    """Return each word found in a file of the folder, with the file's name."""
    contents = {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    return [
        (word, name)
        for word in words
        for name, content in contents.items()
        if any(form in content for form in forms(word))
    ]
