"""Plain fields: columns of a kind's table, facts of an op's header. The server reads them, so each needs a reason."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Integer, LargeBinary, String
from sqlmodel import Field

from server.kinds.description import CodeList, FieldSpec, Form, Label, Merge

COUNT_MAX = 9_999
POINTS_MAX = 2_000


_JSON = JSON(none_as_null=True)


def _column(sql_type: Any, spec: FieldSpec) -> Any:
    return Field(default=None, sa_type=sql_type, nullable=True, sa_column_kwargs={"info": {"spec": spec}})


def flag(fr: str, en: str) -> Any:
    return _column(Boolean, FieldSpec(Form.FLAG, Label(fr, en)))


def count(fr: str, en: str, most: int = COUNT_MAX) -> Any:
    return _column(Integer, FieldSpec(Form.COUNT, Label(fr, en), most=most))


def code(codes: CodeList, fr: str, en: str, purpose: str | None = None) -> Any:
    return _column(String(32), FieldSpec(Form.CODE, Label(fr, en), codes=codes, purpose=purpose))


def codes(codes: CodeList, fr: str, en: str) -> Any:
    return _column(_JSON, FieldSpec(Form.CODES, Label(fr, en), codes=codes, merge=Merge.SET))


def counts(codes: CodeList, fr: str, en: str, most: int = COUNT_MAX) -> Any:
    return _column(_JSON, FieldSpec(Form.COUNTS, Label(fr, en), codes=codes, most=most))


def ref(kind: str, fr: str, en: str) -> Any:
    return _column(LargeBinary(16), FieldSpec(Form.REF, Label(fr, en), ref=kind))


def row_ref(kind: str, fr: str, en: str) -> Any:
    return _column(LargeBinary(16), FieldSpec(Form.ROW_REF, Label(fr, en), ref=kind))


def links(kind: str, fr: str, en: str) -> Any:
    return _column(_JSON, FieldSpec(Form.LINKS, Label(fr, en), ref=kind, merge=Merge.SET))


def quarter(fr: str, en: str) -> Any:
    return _column(BigInteger, FieldSpec(Form.QUARTER, Label(fr, en)))


def day(fr: str, en: str) -> Any:
    return _column(Integer, FieldSpec(Form.DAY, Label(fr, en)))


def instant(fr: str, en: str) -> Any:
    return _column(BigInteger, FieldSpec(Form.INSTANT, Label(fr, en)))


def text(most: int, fr: str, en: str) -> Any:
    """A text of a directory: facts hold none, and the catalogue refuses it in any other kind."""
    return _column(String(most), FieldSpec(Form.TEXT, Label(fr, en), most=most))


def area(fr: str, en: str, most: int = POINTS_MAX) -> Any:
    """A coarse outline of a directory: where people are met is told by the id of a zone, and nowhere more exactly."""
    return _column(_JSON, FieldSpec(Form.AREA, Label(fr, en), most=most))
