"""The catalogue for the web app, which imports this one file: descriptions, code lists and the engine's rules.

Each kind that has ops carries, beside its description, what the engine twin is told of it:

- `facts`: `{name: {"rule": "flag" | "id" | "id_set" | "code" | "code_set" | "whole", …}}`; a code rule names its
  list in `codes`, a whole number has `least`, `most` and `step`. Every row also has the facts `void`
  (flag) and `salvages` (id).
- `high_stakes`: `{name: {"rule": "strictest", "values": […]} | {"rule": "least"}}`, the strictest value last.
- a command: `first_state`, `moves` and `beats`.
"""

import json
from typing import Any

from server.kinds.catalogue import KINDS, describe
from server.kinds.description import FieldSpec
from server.kinds.kind import Kind, kind_name, plain_fields
from server.kinds.registry import engine_registry, fact_rules
from sync.registry import Code, CodeSet, FactRule, Flag, Id, KindRule, StakeRule, Strictest, Whole


def catalogue_json() -> str:
    """Return the file's text."""
    return json.dumps(catalogue_data(), ensure_ascii=False, indent=2) + "\n"


def catalogue_data() -> dict[str, Any]:
    """Return the description with the engine's part of each kind that has ops."""
    data = describe()
    rules = engine_registry().kinds
    for kind in KINDS:
        name = kind_name(kind)
        if name in rules:
            data["kinds"][name] |= _engine_part(kind, rules[name])
    return data


def _engine_part(kind: type[Kind], rule: KindRule) -> dict[str, Any]:
    return {
        "facts": {
            fact: _fact_rule(fact_rule, spec)
            for name, spec in plain_fields(kind).items()
            for fact, fact_rule in fact_rules(name, spec).items()
        },
        "high_stakes": {name: _stake_rule(stake) for name, stake in rule.high_stakes.items()},
    }


def _fact_rule(rule: FactRule, spec: FieldSpec) -> dict[str, Any]:
    if isinstance(rule, Whole):
        return {"rule": "whole", "least": rule.least, "most": rule.most, "step": rule.step}
    if isinstance(rule, Code | CodeSet):
        assert spec.codes is not None
        return {"rule": "code" if isinstance(rule, Code) else "code_set", "codes": spec.codes.name}
    return {"rule": "flag" if isinstance(rule, Flag) else "id" if isinstance(rule, Id) else "id_set"}


def _stake_rule(rule: StakeRule) -> dict[str, Any]:
    return {"rule": "strictest", "values": list(rule.values)} if isinstance(rule, Strictest) else {"rule": "least"}
