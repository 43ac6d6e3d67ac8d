"""Where a word that must not be readable is looked for: every file of a folder, opened, in every form it could have."""

import json
import re
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
    suspicious = re.compile(_either(set().union(*wanted.values())))
    found = []
    for path in sorted(path for path in folder.glob(pattern) if path.is_file()):
        contents = [content for content in opened(path) if suspicious.search(content)]
        found += [
            (word, str(path.relative_to(folder)))
            for word, looks in wanted.items()
            if any(look in content for look in looks for content in contents)
        ]
    return found


def _either(looks: set[bytes], sorted_out: int = 2) -> bytes:
    """Return an expression that finds the places of all the looks at once, and nothing else.

    A place is told by its first bytes, or each of hundreds of looks would be tried at every byte of megabytes.
    """
    if b"" in looks:  # what it begins with was one of them
        return b""
    if sorted_out == 0:
        return b"(?:" + b"|".join(re.escape(look) for look in sorted(looks)) + b")"
    rests: dict[bytes, set[bytes]] = {}
    for look in sorted(looks):
        rests.setdefault(look[:1], set()).add(look[1:])
    return b"(?:" + b"|".join(re.escape(first) + _either(rest, sorted_out - 1) for first, rest in rests.items()) + b")"
