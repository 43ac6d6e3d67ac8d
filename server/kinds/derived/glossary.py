"""The words: each noun and each code, in French, in English and as the program spells it."""

from collections.abc import Iterable, Mapping

from server.kinds.catalogue import KINDS, code_lists
from server.kinds.description import Label
from server.kinds.kind import kind_name

_HEAD = """\
<!-- Derived from the catalogue in server/kinds by ./dev api: do not edit. -->
# Glossary

One word for one thing, on the screen, in the documents and in the program.
An id is never renamed or removed; an association may add codes of its own.
"""


def glossary() -> str:
    """Return the page."""
    nouns = {kind_name(kind): kind.label for kind in KINDS}
    lists = [_section(f"`{name}`", codes.labels) for name, codes in sorted(code_lists().items())]
    return "\n".join([_HEAD, _section("Nouns", nouns), "## Code lists\n", *(f"#{part}" for part in lists)])


def _section(title: str, labels: Mapping[str, Label]) -> str:
    return "\n".join([f"## {title}\n", *_rows(labels), ""])


def _rows(labels: Mapping[str, Label]) -> Iterable[str]:
    yield "| French | English | id |"
    yield "|---|---|---|"
    for name, label in labels.items():
        yield f"| {label.fr} | {label.en} | `{name}` |"
