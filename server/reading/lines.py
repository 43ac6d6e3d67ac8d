"""One line of a kind as JSON: its model, derived from the catalogue, and the line from a row of its table."""

from typing import Any

from geojson_pydantic import MultiPolygon, Polygon
from pydantic import BaseModel, create_model
from sqlalchemy import inspect

from server.kinds.description import FieldSpec, Form
from server.kinds.kind import Kind, kind_name

_TYPE_BY_FORM: dict[Form, Any] = {
    Form.FLAG: bool,
    Form.COUNT: int,
    Form.CODE: str,
    Form.CODES: list[str],
    Form.COUNTS: dict[str, int],
    Form.REF: str,
    Form.ROW_REF: str,
    Form.LINKS: list[str],
    Form.QUARTER: int,
    Form.DAY: int,
    Form.INSTANT: int,
    Form.TEXT: str,
    Form.AREA: Polygon | MultiPolygon,
}

_OWN = {"org_id"}
"""Columns that every line of an answer would repeat: the caller's own association."""


def line_model(kind: type[Kind]) -> type[BaseModel]:
    """Return the model of one line of a kind: ids as hex, absent values as null."""
    fields: dict[str, Any] = {}
    for column in inspect(kind).local_table.columns:
        if column.name in _OWN:
            continue
        spec: FieldSpec | None = column.info.get("spec")
        plain = _TYPE_BY_FORM[spec.form] if spec else column.type.python_type
        of_json = str if plain is bytes else plain
        fields[column.name] = (of_json | None, None) if column.nullable else (of_json, ...)
    return create_model(f"{kind.__name__}Line", __doc__=kind.__doc__, **fields)


def line(row: Kind) -> dict[str, Any]:
    """Return one row as JSON-able data."""
    names = [column.name for column in inspect(type(row)).local_table.columns if column.name not in _OWN]
    values = {name: getattr(row, name) for name in names}
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}


def lines_name(kind: type[Kind]) -> str:
    """Return the name under which a kind's lines stand in an answer and in an address."""
    return kind_name(kind).replace("_", "-")
