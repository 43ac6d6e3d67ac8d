"""What is held about whom, and who can read it, for the people it is about; with the words they see on a screen."""

from collections.abc import Iterable, Mapping

from server.kinds.catalogue import KINDS
from server.kinds.description import FieldSpec, Form, Merge
from server.kinds.kind import Kind, kind_name, plain_fields, sealed_fields
from sync.registry import Folds

_HEAD = """\
<!-- Derived from the catalogue in server/kinds by ./dev api: do not edit. -->
# What we hold

This page lists everything that Escale can keep, field by field, with the French words that stand on the screen.
It is made from the same description as the program itself, so it cannot leave a field out.

- **Sealed** means: locked on the tablet before it is sent.
  Only the tablets of the team can open it; what is about health, only the tablets of health workers.
  Whoever runs the server, steals its disk or demands a copy of it sees scrambled bytes.
- **Readable by the server** means: the server needs it to show a queue, to count, or to publish figures.
  About a person it is never a text, a name, a birth date or an exact place.
- Nothing about a person is mandatory but one label to find them by, and that label is sealed.
- A person may ask to see, correct or erase what is held about them.
  Erasing removes everything kept under the person, on the server and on every tablet that comes back.

## With every entry

The server always sees:

| what | why |
|---|---|
| the association's space | to give it to its own tablets only |
| a random id of what it is about (a person, a patrol, a referral) | to find its entries again, and to erase them |
| the kind of entry (the headings below) | to check that it is well formed |
| the tablet that wrote it, and so the worker's random id | to check its signature |
| the quarter of an hour in which it was written, and when the server received it | to put entries in order |
| its size, rounded up | it has to be stored |
| that it corrects or withdraws another | to leave that one out of the counts |

Sealed in every entry: the exact time at which it happened, and the reason of a correction.

So the server knows that a person without a name was met in a certain quarter of an hour, in one of a few large zones,
and which kinds of entry exist about them.
It does not know who they are.
"""

_CHANGES = {
    Folds.ENTITY: "Each field can be changed. Who changed what stays visible to the team until the record is erased.",
    Folds.ROW: "It is never overwritten. A correction or a withdrawal is added beside it, with its reason.",
    Folds.COMMAND: "It is never changed. It counts if the state it expects is still the current one.",
    None: "It is changed by a coordinator. It names no person met.",
}

_FORMS = {
    Form.FLAG: "yes or no",
    Form.COUNT: "a number",
    Form.CODE: "one of: {codes}",
    Form.CODES: "any of: {codes}",
    Form.COUNTS: "a number for each of: {codes}",
    Form.REF: "the id of one {ref}",
    Form.ROW_REF: "the id of one {ref}",
    Form.LINKS: "the id of each {ref}",
    Form.QUARTER: "a date and a quarter of an hour",
    Form.DAY: "a day",
    Form.INSTANT: "a date and time",
    Form.TEXT: "a text",
    Form.TEXTS: "short texts",
    Form.AREA: "an outline on the map",
}


def what_we_hold() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(_section(kind) for kind in KINDS)])


def _section(kind: type[Kind]) -> str:
    label = kind.label
    parts = [f"## {label.en} (« {label.fr} », `{kind_name(kind)}`)\n"]
    if kind.of is not None:
        parents = " or ".join((parent.health_of or parent).label.en.lower() for parent in (kind.of, *kind.also_of))
        parts.append(f"Kept under the {parents}, and erased with it.")
    parts.append(f"{_CHANGES[kind.folds]}\n")
    parts.append(_table("The server can read", plain_fields(kind)))
    if kind.health_of is not None:
        parts.append(_table("Sealed: only the tablets of health workers can read", sealed_fields(kind)))
    elif kind.folds is not None:
        parts.append(_table("Sealed: the server cannot read", sealed_fields(kind)))
    return "\n".join(parts)


def _table(title: str, fields: Mapping[str, FieldSpec]) -> str:
    if not fields:
        return f"**{title}**: nothing.\n"
    rows = [f"| {spec.label.en} | {spec.label.fr} | {'. '.join(_says(spec))} |" for spec in fields.values()]
    return "\n".join([f"**{title}**\n", "| field | on the screen | what it holds |", "|---|---|---|", *rows, ""])


def _says(spec: FieldSpec) -> Iterable[str]:
    codes = "" if spec.codes is None else ", ".join(label.en for label in spec.codes.labels.values())
    yield _FORMS[spec.form].format(codes=codes, ref=(spec.ref or "").replace("_", " "))
    if spec.purpose is not None:
        yield f"Only with the person's consent for {spec.purpose}, else empty"
    if spec.about_place:
        yield "About the place: the screen says that it names nobody"
    if spec.merge is Merge.HIGH_STAKES:
        yield "If two tablets disagree, the more careful answer shows until somebody decides"
