"""What may be written of one line of a directory: a strict model for each kind, derived from the catalogue."""

from types import NoneType
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WrapValidator, create_model

from server.directory.area import AREA, area_of, within
from server.kinds.description import FieldSpec, Form
from server.kinds.kind import Kind, plain_fields
from server.kinds.registry import fact_rules
from sync.registry import Code, FactRule, Flag, Id, Whole

HEX_ID = "^[0-9a-f]{32}$"
NO_NUL = r"^[^\x00]*$"
"""PostgreSQL stores no zero byte in a text."""


def body_model(kind: type[Kind]) -> type[BaseModel]:
    """Return the model: every plain field and nothing else; one that the class does not allow to be None is needed."""
    fields: dict[str, Any] = {}
    for name, spec in plain_fields(kind).items():
        needed = NoneType not in get_args(kind.model_fields[name].annotation)
        of_json = _type_of(name, spec)
        fields[name] = (of_json, ...) if needed else (of_json | None, None)
    strict = ConfigDict(extra="forbid", strict=True)
    return create_model(f"{kind.__name__}Body", __config__=strict, __doc__=kind.__doc__, **fields)


def values_of(kind: type[Kind], body: BaseModel) -> dict[str, Any]:
    """Return the body as the columns of a line: ids as bytes, areas as JSON holds them."""
    plain, said = plain_fields(kind), body.model_dump()
    return {name: _column(spec, said[name]) for name, spec in plain.items()}


def _column(spec: FieldSpec, value: Any) -> Any:
    if value is None:
        return None
    match spec.form:
        case Form.REF:
            return bytes.fromhex(value)
        case Form.AREA:
            return area_of(value)
        case _:
            return value


def _type_of(name: str, spec: FieldSpec) -> Any:
    if spec.form is Form.TEXT:
        length = StringConstraints(strip_whitespace=True, min_length=1, max_length=spec.most, pattern=NO_NUL)
        return Annotated[str, length]
    if spec.form is Form.AREA:
        assert spec.most is not None
        return Annotated[AREA, WrapValidator(within(spec.most))]
    return _type_of_rule(fact_rules(name, spec)[name])


def _type_of_rule(rule: FactRule) -> Any:
    match rule:
        case Flag():
            return bool
        case Whole(least, most, step):
            return Annotated[int, Field(ge=least, le=most, multiple_of=step)]
        case Code(codes):
            return Literal[tuple(sorted(codes))]
        case Id():
            return Annotated[str, StringConstraints(pattern=HEX_ID)]
        case _:
            raise TypeError(f"No line of a directory has a field of the rule {rule}.")
