"""Sealed fields: what only the members' devices can read. Every text about a person is one of these."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from server.kinds.description import DAY_MAX, CodeList, FieldSpec, Form, Label, Merge
from sync.ids import ID_BYTES


def _field(spec: FieldSpec) -> Any:
    return Field(default=None, json_schema_extra={"spec": spec})  # type: ignore[dict-item]


def text(most: int, fr: str, en: str, *, about_place: bool = False) -> Any:
    return _field(FieldSpec(Form.TEXT, Label(fr, en), most=most, about_place=about_place))


def texts(most: int, fr: str, en: str) -> Any:
    return _field(FieldSpec(Form.TEXTS, Label(fr, en), most=most, merge=Merge.SET))


def flag(fr: str, en: str) -> Any:
    return _field(FieldSpec(Form.FLAG, Label(fr, en)))


def code(codes: CodeList, fr: str, en: str, merge: Merge = Merge.FIELD) -> Any:
    return _field(FieldSpec(Form.CODE, Label(fr, en), codes=codes, merge=merge))


def codes(codes: CodeList, fr: str, en: str) -> Any:
    return _field(FieldSpec(Form.CODES, Label(fr, en), codes=codes, merge=Merge.SET))


def links(kind: str, fr: str, en: str) -> Any:
    return _field(FieldSpec(Form.LINKS, Label(fr, en), ref=kind, merge=Merge.SET))


def row_ref(kind: str, fr: str, en: str) -> Any:
    return _field(FieldSpec(Form.ROW_REF, Label(fr, en), ref=kind))


def day(fr: str, en: str, merge: Merge = Merge.FIELD) -> Any:
    return _field(FieldSpec(Form.DAY, Label(fr, en), merge=merge))


def spec_of(payload: type[BaseModel], name: str) -> FieldSpec:
    """Return the description of one sealed field."""
    extra: Any = payload.model_fields[name].json_schema_extra
    spec: FieldSpec = extra["spec"]
    return spec


class Payload(BaseModel):
    """The sealed half of a kind, as a Python device writes it; None is "not written".

    A refusal names the field and the rule, never what was written.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    @field_validator("*")
    @classmethod
    def _within_the_catalogue(cls, value: Any, info: ValidationInfo) -> Any:
        assert info.field_name is not None
        spec = spec_of(cls, info.field_name)
        values = value if isinstance(value, tuple) else () if value is None else (value,)
        if len(set(values)) != len(values):
            raise ValueError("one value stands twice")
        for fault in filter(None, (_fault(spec, one) for one in values)):
            raise ValueError(fault)
        return value


def _fault(spec: FieldSpec, value: Any) -> str | None:
    """Return the rule that a value of the right type breaks, or None."""
    if spec.codes is not None and value not in spec.codes:
        return f"no code of {spec.codes.name}"
    if spec.form is Form.DAY and not 0 <= value <= DAY_MAX:
        return "no day from 1970 to 9999"
    if spec.form in {Form.LINKS, Form.ROW_REF} and len(value) != ID_BYTES:
        return f"no id of {ID_BYTES} bytes"
    if isinstance(value, str) and spec.most is not None and len(value) > spec.most:
        return f"longer than {spec.most} characters"
    return "not well-formed Unicode" if isinstance(value, str) and not _is_well_formed(value) else None


def _is_well_formed(text: str) -> bool:
    """Tell whether a text has bytes: half of a surrogate pair has none, and the op could not be written."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
