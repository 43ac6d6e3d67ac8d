"""The closed vocabulary in which a field is described; everything derived from the catalogue reads only this."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

QUARTER_MS: Final = 900_000
DAY_MAX: Final = 2_932_896
INSTANT_MAX: Final = 253_402_300_799_999
"""The last day and millisecond of the year 9999: beyond them not every reader can name a date, and a column of 32
bits would refuse a day only after the op was logged."""


class Form(StrEnum):
    """The type of one field's value."""

    FLAG = "flag"
    COUNT = "count"
    CODE = "code"
    CODES = "codes"  # a set: one fact or field `name/code` for each
    COUNTS = "counts"  # a count for each code: one fact `name_code`, absent when zero
    REF = "ref"  # 16 bytes: the id of an entity or of a directory's line
    ROW_REF = "row_ref"  # 16 bytes: the first half of a row's op id
    LINKS = "links"  # a set of ids of the same kind: `name/<32 hex>`
    QUARTER = "quarter"  # milliseconds since 1970, cut to the quarter hour
    DAY = "day"  # days since 1970
    INSTANT = "instant"  # milliseconds since 1970: deadlines and ends of holds only
    TEXT = "text"
    TEXTS = "texts"  # a set of texts: `name/<random hex>`
    AREA = "area"  # an outline on the map, as GeoJSON: of a directory only


class Merge(StrEnum):
    """What two concurrent values of one name become."""

    FIELD = "field"  # the winner shows, both are kept, a person decides
    HIGH_STAKES = "high_stakes"  # the more restrictive value shows until a person decides
    SET = "set"  # add wins, never a conflict


@dataclass(frozen=True, slots=True)
class Label:
    """The users' words."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """Stable ids with their labels, in the order shown; a list only grows."""

    name: str
    labels: dict[str, Label]

    def __contains__(self, code: object) -> bool:
        return code in self.labels

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.labels)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field, plain or sealed. `most` bounds a count, a text's length in code points, or an area's points."""

    form: Form
    label: Label
    codes: CodeList | None = None
    most: int | None = None
    ref: str | None = None
    merge: Merge = Merge.FIELD
    purpose: str | None = None
    """The consent without which a device leaves the field empty."""
    about_place: bool = False
    """A text about the place: the screen says that it names nobody."""

    @property
    def is_set(self) -> bool:
        """Tell whether each element is a fact or field of its own, `name/element`."""
        return self.form in {Form.CODES, Form.LINKS, Form.TEXTS}
