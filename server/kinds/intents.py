"""What a Python device writes of a kind: the catalogue's fields as the facts and fields of an op."""

import secrets
from collections.abc import Mapping
from typing import Any

from server.kinds.description import Form
from server.kinds.kind import Kind, plain_fields, sealed_fields
from server.kinds.sealed import Payload
from sync.codec import Value
from sync.op import Fact

ELEMENT_BYTES = 4
"""Random bytes that name one text of a set of texts."""


def facts_of(kind: type[Kind], plain: Mapping[str, Any]) -> dict[str, Fact]:
    """Return a kind's plain values as facts: one for each code of a set, one for each count that is not zero."""
    specs = plain_fields(kind)
    facts: dict[str, Fact] = {}
    for name, value in plain.items():
        match specs[name].form:
            case Form.CODES:
                facts |= {f"{name}/{code}": True for code in value}
            case Form.LINKS:
                facts |= {f"{name}/{one.hex()}": True for one in value}
            case Form.COUNTS:
                facts |= {f"{name}_{code}": count for code, count in value.items() if count}
            case _:
                facts[name] = value
    return facts


def fields_of(kind: type[Kind], payload: Payload) -> dict[str, Value]:
    """Return a sealed payload as fields; what it does not say is not written."""
    specs = sealed_fields(kind)
    fields: dict[str, Value] = {}
    for name in payload.model_fields_set:
        value = getattr(payload, name)
        match specs[name].form:
            case Form.TEXTS:
                fields |= {f"{name}/{secrets.token_hex(ELEMENT_BYTES)}": text for text in value}
            case Form.CODES:
                fields |= {f"{name}/{code}": True for code in value}
            case Form.LINKS:
                fields |= {f"{name}/{one.hex()}": True for one in value}
            case _:
                fields[name] = value
    return fields
