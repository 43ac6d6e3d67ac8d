"""Headers that keep or break one rule each, for the unit tests and for the vectors of both languages."""

from typing import Final, NamedTuple

from sync.codec import encode
from tests.engine_kit import AWA, SPACE, START_MS, entity

HASH_A: Final = b"\xa0" * 32
HASH_B: Final = b"\xb0" * 32
ID: Final = b"\x55" * 16

VERSION, IN_SPACE, DEVICE, ENTITY, CLASS, KIND, HLC_MS, HLC_CTR, EPOCH, RE, KILLS, FACTS = range(12)


class Case(NamedTuple):
    """A header as a list of members, and the name of the member at fault (None: it is sound)."""

    title: str
    members: list[object]
    fault: str | None


def header(changes: dict[int, object] | None = None) -> list[object]:
    """Return the members of a sound edit, some of them changed."""
    members: list[object] = [1, SPACE, AWA.device, entity(1), 1, "thing", START_MS, 0, 1, None, [], []]
    for at, value in (changes or {}).items():
        members[at] = value
    return members


def control(changes: dict[int, object] | None = None) -> list[object]:
    """Return the members of a sound control header, some of them changed."""
    return header({ENTITY: SPACE, CLASS: 3, KIND: "rules", EPOCH: 0} | (changes or {}))


def facts(*pairs: object) -> list[object]:
    """Return the members of a sound edit with these facts."""
    return header({FACTS: [*pairs]})


GOOD: Final = [
    Case("an edit", header(), None),
    Case("a genesis", header({CLASS: 0}), None),
    Case("a row", header({CLASS: 2, KIND: "mark"}), None),
    Case("an amendment", header({RE: HASH_A, KIND: "mark"}), None),
    Case("an edit with two kills", header({KILLS: [HASH_A, HASH_B]}), None),
    Case("sixty-four kills", header({KILLS: [bytes([n]) * 32 for n in range(64)]}), None),
    Case("every value of a fact", facts(["a", None], ["b", True], ["c", -5], ["d", "code_1"], ["e", ID]), None),
    Case("sixteen facts", facts(*[[f"f{n:02}", n] for n in range(16)]), None),
    Case("the greatest integer", facts(["a", 2**53 - 1]), None),
    Case("the least integer", facts(["a", -(2**53 - 1)]), None),
    Case("a name with an element", facts(["tags/red_1", True]), None),
    Case("the longest name", facts(["a" * 32 + "/" + "b" * 32, True]), None),
    Case("the latest time", header({HLC_MS: 2**48 - 1, HLC_CTR: 2**16 - 1}), None),
    Case("the latest epoch", header({EPOCH: 2**32 - 1}), None),
    Case("a control op of the founding", control(), None),
    Case("a control op of an epoch", control({EPOCH: 7, KIND: "erase"}), None),
]

BAD: Final = [
    Case("another version", header({VERSION: 2}), "encoding"),
    Case("a member too few", header()[:-1], "encoding"),
    Case("a member too many", [*header(), None], "encoding"),
    Case("a short space", header({IN_SPACE: SPACE[:15]}), "encoding"),
    Case("a long device", header({DEVICE: b"\x01" * 17}), "encoding"),
    Case("a text for an entity", header({ENTITY: "0123456789abcdef"}), "encoding"),
    Case("an entity that is the space", header({ENTITY: SPACE}), "entity"),
    Case("a class above control", header({CLASS: 4}), "encoding"),
    Case("a class below genesis", header({CLASS: -1}), "encoding"),
    Case("true for a class", header({CLASS: True}), "encoding"),
    Case("an empty kind", header({KIND: ""}), "kind"),
    Case("a kind with a capital", header({KIND: "Thing"}), "kind"),
    Case("a kind with an element", header({KIND: "thing/a"}), "kind"),
    Case("a kind that begins with a digit", header({KIND: "1thing"}), "kind"),
    Case("a kind that ends a line", header({KIND: "thing\n"}), "kind"),
    Case("a kind too long", header({KIND: "a" * 33}), "kind"),
    Case("a time below zero", header({HLC_MS: -1}), "encoding"),
    Case("a time too late", header({HLC_MS: 2**48}), "encoding"),
    Case("a counter too great", header({HLC_CTR: 2**16}), "encoding"),
    Case("an epoch too great", header({EPOCH: 2**32}), "encoding"),
    Case("an edit of epoch zero", header({EPOCH: 0}), "epoch"),
    Case("a float for a time", header({HLC_MS: 1.5}), "encoding"),
    Case("a whole float for a time", header({HLC_MS: 1.0}), "encoding"),
    Case("a genesis that amends", header({CLASS: 0, RE: HASH_A}), "re"),
    Case("a row that amends", header({CLASS: 2, RE: HASH_A}), "re"),
    Case("a short amended row", header({RE: HASH_A[:31]}), "encoding"),
    Case("a genesis that kills", header({CLASS: 0, KILLS: [HASH_A]}), "kills"),
    Case("a row that kills", header({CLASS: 2, KILLS: [HASH_A]}), "kills"),
    Case("an amendment that kills", header({RE: HASH_A, KILLS: [HASH_B]}), "kills"),
    Case("kills out of order", header({KILLS: [HASH_B, HASH_A]}), "kills"),
    Case("a kill twice", header({KILLS: [HASH_A, HASH_A]}), "kills"),
    Case("sixty-five kills", header({KILLS: [bytes([n]) * 32 for n in range(65)]}), "encoding"),
    Case("seventeen facts", facts(*[[f"f{n:02}", n] for n in range(17)]), "encoding"),
    Case("facts out of order", facts(["b", 1], ["a", 1]), "a"),
    Case("a fact twice", facts(["a", 1], ["a", 1]), "a"),
    Case("a fact of three", facts(["a", 1, 2]), "encoding"),
    Case("a fact without value", facts(["a"]), "encoding"),
    Case("a fact without name", facts(["", 1]), "facts"),
    Case("a fact with a capital", facts(["A", 1]), "facts"),
    Case("a fact with two elements", facts(["a/b/c", 1]), "facts"),
    Case("a fact with an empty element", facts(["a/", 1]), "facts"),
    Case("a fact that is free text", facts(["a", "Momo said"]), "a"),
    Case("a fact that is empty text", facts(["a", ""]), "a"),
    Case("a fact that is a long code", facts(["a", "a" * 33]), "a"),
    Case("a fact that is a float", facts(["a", 0.5]), "a"),
    Case("a fact that is a list", facts(["a", [1]]), "a"),
    Case("a fact that is a map", facts(["a", {}]), "a"),
    Case("a fact beyond 53 bits", facts(["a", 2**53]), "a"),
    Case("a fact of fifteen bytes", facts(["a", ID[:15]]), "a"),
    Case("a fact of thirty-two bytes", facts(["a", HASH_A]), "a"),
    Case("a control op of no known kind", control({KIND: "thing"}), "kind"),
    Case("a control op about an entity", control({ENTITY: entity(1)}), "entity"),
    Case("a control op that amends", control({RE: HASH_A}), "re"),
    Case("a control op that kills", control({KILLS: [HASH_A]}), "kills"),
    Case("a control op with a fact", control({FACTS: [["a", 1]]}), "facts"),
]

_SOUND: Final = encode(header())
RAW_BAD: Final = [
    ("a trailing byte", _SOUND + b"\xc0", "encoding"),
    ("a cut end", _SOUND[:-1], "encoding"),
    ("nothing", b"", "encoding"),
    ("an array in a longer form", b"\xdc\x00\x0c" + _SOUND[1:], "encoding"),
    ("an integer in a longer form", b"\x9c\xcc\x01" + _SOUND[2:], "encoding"),
    ("a binary in a longer form", _SOUND[:2] + b"\xc5\x00\x10" + _SOUND[4:], "encoding"),
    ("broken text", _SOUND.replace(b"\xa5thing", b"\xa5\xffhing"), "encoding"),
    ("half a surrogate pair", _SOUND.replace(b"\xa5thing", b"\xa3\xed\xa0\x80"), "encoding"),
    ("an extension", b"\xd4\x01\x00", "encoding"),
    ("over four KiB", _SOUND + bytes(4096), "size"),
]
