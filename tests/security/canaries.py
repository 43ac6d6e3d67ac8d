"""Where a word that must not be readable is looked for: every file of a folder, opened, in every form it could have."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from tests.security.opened import opened

BASE64_CHARS_MIN = 8


def forms(word: str) -> Iterator[bytes]:
    """Yield a word as UTF-8, Latin-1, UTF-16 both ways, escaped for JSON or an address, and inside base64.

    A browser keeps a text in Latin-1 where that suffices, and in UTF-16 otherwise. In base64 the word stands at one of
    three offsets; the characters that the neighbours share are left out, and what is left of a short word would be
    found by chance.
    """
    utf8 = word.encode()
    yield utf8
    with suppress(UnicodeEncodeError):
        yield word.encode("latin-1")
    yield word.encode("utf-16-le")
    yield word.encode("utf-16-be")
    yield json.dumps(word)[1:-1].encode()
    yield quote(word).encode()
    for offset in range(3):
        inside = b64encode(bytes(offset) + utf8)
        alone = inside[4 if offset else 0 : len(inside) - 4]
        if len(alone) >= BASE64_CHARS_MIN:
            yield alone


def leaks(words: Iterable[str], folder: Path, pattern: str = "**/*") -> list[tuple[str, str]]:
    """Return each word found in a file of the folder, with the file's path in it."""
    wanted = {word: set(forms(word)) for word in words}
    found = []
    for path in sorted(path for path in folder.glob(pattern) if path.is_file()):
        contents = list(opened(path))
        found += [
            (word, str(path.relative_to(folder)))
            for word, looks in wanted.items()
            if any(look in content for look in looks for content in contents)
        ]
    return found
