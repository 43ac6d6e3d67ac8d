"""The catalogue's types for the web app: what a fact, a sealed field, a code or a field's path may be.

`<Kind>Facts` and `<Kind>Fields` are the names and values that stand in an op; `<Kind>Line` is a directory's line as the
API answers it; `FormByPath` has one path for each control on a screen.
"""

from collections.abc import Iterable, Mapping
from typing import get_args

from server.kinds.catalogue import DIRECTORY, KINDS, code_lists
from server.kinds.description import FieldSpec, Form
from server.kinds.kind import Kind, kind_name, plain_fields, sealed_fields
from server.kinds.rules import fact_names
from sync.registry import Folds

_HEAD = """\
// Derived from the catalogue in server/kinds by `./dev api`: do not edit.
import type { MultiPolygon, Polygon } from 'geojson';

/** 16 bytes as 32 lowercase hex digits; a row is named by the first half of its op id. */
export type Id = string;
/** Milliseconds since 1970, cut to the quarter hour. */
export type Quarter = number;
/** Milliseconds since 1970. */
export type Instant = number;
/** Days since 1970. */
export type Day = number;
/** A place on the map in degrees of WGS 84, as GeoJSON says it. */
export type Area = Polygon | MultiPolygon;

/** One count for each code: `name_code`. Zero is absent. */
export type Counts<Name extends string, Code extends string> = Partial<Record<`${Name}_${Code}`, number | null>>;
/** A set of codes: `name/code` for each. */
export type CodeSet<Name extends string, Code extends string> = Partial<Record<`${Name}/${Code}`, true | null>>;
/** A set of ids: `name/id` for each. */
export type IdSet<Name extends string> = Partial<Record<`${Name}/${Id}`, true | null>>;
/** A set of texts: `name/random` for each. */
export type TextSet<Name extends string> = Partial<Record<`${Name}/${string}`, string | null>>;
/** What every row may also carry: a withdrawal, what it was written again from, and why what was amended. */
export type RowFacts = { void?: boolean | null; salvages?: Id | null };
export type RowFields = TextSet<'reason'>;
"""

_TYPE_BY_FORM = {
    Form.FLAG: "boolean",
    Form.COUNT: "number",
    Form.REF: "Id",
    Form.ROW_REF: "Id",
    Form.LINKS: "readonly Id[]",
    Form.QUARTER: "Quarter",
    Form.DAY: "Day",
    Form.INSTANT: "Instant",
    Form.TEXT: "string",
    Form.TEXTS: "readonly string[]",
    Form.AREA: "Area",
}


def catalogue_types() -> str:
    """Return the file's text."""
    parts = [_HEAD, _kinds(), *_codes(), *(_kind_types(kind) for kind in KINDS), _paths()]
    return "\n".join(parts)


def _kinds() -> str:
    by_fold: dict[str, list[str]] = {fold: [] for fold in (*Folds, DIRECTORY)}
    for kind in KINDS:
        by_fold[kind.folds or DIRECTORY].append(kind_name(kind))
    unions = [_union(f"{fold.capitalize()}Kind", names) for fold, names in by_fold.items()]
    every = " | ".join(f"{fold.capitalize()}Kind" for fold in by_fold)
    return "".join([*unions, f"export type Kind = {every};\n"])


def _codes() -> Iterable[str]:
    lists = code_lists()
    for name, codes in sorted(lists.items()):
        yield _union(_pascal(name), codes.codes)
    members = "".join(f"  {name}: {_pascal(name)};\n" for name in sorted(lists))
    yield f"export type CodeByList = {{\n{members}}};\nexport type CodeList = keyof CodeByList;\n"


def _kind_types(kind: type[Kind]) -> str:
    name = _pascal(kind_name(kind))
    if kind.folds is None:
        own = "".join(f"  {field}: {_line_type(kind, field, spec)};\n" for field, spec in plain_fields(kind).items())
        return f"export type {name}Line = {{\n  id: Id;\n  version: number;\n{own}}};\n"
    is_row = kind.folds is Folds.ROW
    facts = _members(f"{name}Facts", plain_fields(kind), ["RowFacts"] if is_row else [])
    return facts + _members(f"{name}Fields", sealed_fields(kind), ["RowFields"] if is_row else [])


def _line_type(kind: type[Kind], field: str, spec: FieldSpec) -> str:
    may_lack = type(None) in get_args(kind.model_fields[field].annotation)
    return f"{_value(spec)} | null" if may_lack else _value(spec)


def _members(type_name: str, fields: Mapping[str, FieldSpec], more: Iterable[str]) -> str:
    single = [f"  {name}?: {_value(spec)} | null;\n" for name, spec in fields.items() if not _is_many(spec)]
    many = [_many(name, spec) for name, spec in fields.items() if _is_many(spec)]
    parts = [f"{{\n{''.join(single)}}}"] if single else []
    return f"export type {type_name} = {' & '.join([*parts, *many, *more]) or 'Record<string, never>'};\n"


def _is_many(spec: FieldSpec) -> bool:
    return spec.is_set or spec.form is Form.COUNTS


def _many(name: str, spec: FieldSpec) -> str:
    """Return the type of a field that stands in an op as several names."""
    if spec.codes is not None:
        generic = "Counts" if spec.form is Form.COUNTS else "CodeSet"
        return f"{generic}<'{name}', {_pascal(spec.codes.name)}>"
    return f"{'TextSet' if spec.form is Form.TEXTS else 'IdSet'}<'{name}'>"


def _value(spec: FieldSpec) -> str:
    if spec.codes is None:
        return _TYPE_BY_FORM[spec.form]
    code = _pascal(spec.codes.name)
    return f"readonly {code}[]" if spec.form is Form.CODES else code


def _paths() -> str:
    form_by_path: dict[str, Form] = {}
    for kind in KINDS:
        for name, spec in (*plain_fields(kind).items(), *sealed_fields(kind).items()):
            form = Form.COUNT if spec.form is Form.COUNTS else spec.form
            form_by_path |= {f"{kind_name(kind)}.{path}": form for path in fact_names(name, spec)}
    members = "".join(f"  '{path}': '{form}';\n" for path, form in form_by_path.items())
    comment = "/** Every field that a screen may show, with the form that chooses its control. */\n"
    tail = "export type FieldPath = keyof FormByPath;\nexport type Form = FormByPath[FieldPath];\n"
    return f"{comment}export type FormByPath = {{\n{members}}};\n{tail}"


def _union(name: str, members: Iterable[str]) -> str:
    """Return a union on one line if it fits, else on one line for each member."""
    quoted = [f"'{member}'" for member in members]
    line = f"export type {name} = {' | '.join(quoted)};\n"
    return line if len(line) <= 101 else f"export type {name} =\n" + "\n".join(f"  | {one}" for one in quoted) + ";\n"


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
