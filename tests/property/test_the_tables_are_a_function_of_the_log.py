"""Whatever was pushed in whatever pieces, each row is what its group's headers say, and a rebuild changes nothing."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.journal.row import Values
from server.kinds.catalogue import TABLED, TABLED_BY_NAME
from server.kinds.description import FieldSpec, Form
from server.kinds.kind import Kind, kind_name, plain_fields
from server.kinds.registry import engine_registry
from sync.fold import fold
from sync.liveness import FACT, FoldOp, live_ops
from sync.op import Fact, OpClass
from sync.payload import Payload
from sync.registry import Folds
from sync.rulings import command_of, rulings
from sync.store.logged import LoggedOp
from tests.journal import Journal, Tables, journal_on
from tests.kind_logs import ENTITIES, Log, Push, histories
from tests.strategies import TABLED_OP_KINDS, facts_of, header_of

REGISTRY = engine_registry()
orgs = count(1)

on_one_database = settings(
    max_examples=settings().max_examples // 6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
"""Every example is an association of its own in one database."""


@pytest.fixture
def journal(database_url: str) -> Iterator[Journal]:
    with journal_on(database_url) as journal:
        yield journal


def begin(journal: Journal) -> None:
    journal.begin(next(orgs).to_bytes(16))


@on_one_database
@given(pushes=histories())
def test_the_tables_hold_what_the_headers_say(journal: Journal, pushes: tuple[Push, ...]) -> None:
    begin(journal)
    journal.push_all(pushes)
    assert journal.tables() == expected(journal.org, [op for push in pushes for op in push])


@on_one_database
@given(pushes=histories(), data=st.data())
def test_a_push_projected_again_and_a_rebuild_change_nothing(
    journal: Journal, pushes: tuple[Push, ...], data: st.DataObject
) -> None:
    begin(journal)
    journal.push_all(pushes)
    before = journal.tables()
    journal.project(data.draw(st.sampled_from(pushes)))
    assert journal.tables() == before
    journal.rebuild()
    assert journal.tables() == before


@on_one_database
@given(pushes=histories())
def test_the_tables_do_not_depend_on_how_the_log_was_cut_into_pushes(
    journal: Journal, pushes: tuple[Push, ...]
) -> None:
    begin(journal)
    journal.push_all(pushes)
    by_push = journal.tables()
    begin(journal)
    for push in pushes:
        for op in push:
            journal.push([op])
    assert without_org(journal.tables()) == without_org(by_push)


def without_org(tables: Tables) -> Tables:
    return {
        kind: {id_: {name: value for name, value in row.items() if name != "org_id"} for id_, row in rows.items()}
        for kind, rows in tables.items()
    }


# ── What the tables must hold, told a second time and slowly ──


def expected(org: bytes, ops: list[LoggedOp]) -> Tables:
    tables: Tables = {kind_name(kind): {} for kind in TABLED}
    for op in ops:
        kind = TABLED_BY_NAME[op.header.kind]
        if kind.folds is not Folds.COMMAND:
            row = expected_row(kind, [other for other in ops if same_group(op, other)])
            if kind.folds is Folds.ROW and said_before(next(first for first in ops if same_group(op, first)), ops):
                row["void"] = True
            tables[op.header.kind][row["id"]] = {"org_id": org, **row}
    for entity in ENTITIES:
        commands = [op for op in ops if op.header.kind == "referral_move" and op.header.entity == entity]
        if commands:
            expect_commands(org, commands, tables)
    return tables


def said_before(row: LoggedOp, ops: list[LoggedOp]) -> bool:
    """Tell whether a row salvages one that is there itself, or that an earlier one of its kind and entity salvages."""
    original = dict(row.header.facts).get("salvages")
    beside = [op for op in ops if op.header.op_class == OpClass.ROW and op.header.kind == row.header.kind]
    beside = [op for op in beside if op.header.entity == row.header.entity and op is not row]
    earlier = [op for op in beside if op.cursor < row.cursor and dict(op.header.facts).get("salvages") == original]
    return original is not None and (bool(earlier) or any(op.op_id[:16] == original for op in beside))


def same_group(one: LoggedOp, other: LoggedOp) -> bool:
    return (one.header.entity, one.header.kind, group(one)) == (other.header.entity, other.header.kind, group(other))


def group(op: LoggedOp) -> bytes | None:
    return op.op_id if op.header.op_class == OpClass.ROW else op.header.re


def expected_row(kind: type[Kind], ops: list[LoggedOp]) -> Values:
    first = next((op for op in ops if op.header.op_class != OpClass.EDIT), ops[0])
    facts = winners(ops)
    row: Values = {"cursor": first.cursor, "hlc_ms": first.header.hlc_ms}
    row |= {name: expected_value(name, spec, facts) for name, spec in plain_fields(kind).items()}
    if kind.folds is Folds.ROW:
        key = group(first)
        assert key is not None
        more = {"id": key[:16], "entity": first.header.entity, "device": first.header.device}
        return row | more | {"void": facts.get("void") is True}
    row |= {"state": "draft", "state_ms": None} if kind_name(kind) == "referral" else {}
    return row | {"id": first.header.entity}


def winners(ops: list[LoggedOp]) -> dict[str, Fact]:
    """Of the ops that no later op of the same group kills, the latest by capped time, clock and name sets a fact."""
    facts: dict[str, tuple[tuple[Any, ...], Fact]] = {}
    for op in ops:
        killers = [other for other in ops if other.cursor > op.cursor and op.op_id in other.header.kills]
        if killers and op.header.op_class == OpClass.EDIT and op.header.re is None:
            continue
        capped = min(op.header.hlc_ms, op.server_ms + 300_000)
        place = (capped, op.header.hlc_ms, op.header.hlc_ctr, op.op_id)
        for name, value in op.header.facts:
            if name not in facts or facts[name][0] < place:
                facts[name] = (place, value)
    return {name: value for name, (_, value) in facts.items()}


def expected_value(name: str, spec: FieldSpec, facts: dict[str, Fact]) -> Any:
    if spec.form in {Form.CODES, Form.LINKS}:
        elements = [
            fact.removeprefix(f"{name}/") for fact, value in facts.items() if fact.startswith(f"{name}/") and value
        ]
        return sorted(elements) or None
    if spec.form is Form.COUNTS:
        assert spec.codes is not None
        counts = {code: facts[f"{name}_{code}"] for code in spec.codes.codes if facts.get(f"{name}_{code}")}
        return counts or None
    return facts.get(name)


def expect_commands(org: bytes, commands: list[LoggedOp], tables: Tables) -> None:
    pairs = []
    for op in commands:
        command = command_of(op.op_id, op.header, REGISTRY)
        assert command is not None
        pairs.append((command, op.server_ms))
    folded = rulings(pairs)
    entity = commands[0].header.entity
    for op in commands:
        facts = dict(op.header.facts)
        row = {name: facts.get(name) for name in plain_fields(TABLED_BY_NAME["referral_move"])}
        row |= {"id": op.op_id[:16], "org_id": org, "entity": entity, "cursor": op.cursor, "device": op.header.device}
        row |= {"hlc_ms": op.header.hlc_ms, "server_ms": op.server_ms, "ruling": folded.outcomes[op.op_id].value}
        tables["referral_move"][op.op_id[:16]] = row
    (state,) = folded.states.values() or (None,)
    since = {op.op_id: op.server_ms for op in commands}
    reached = {"state": state.state, "state_ms": since[state.by]} if state else {"state": "draft", "state_ms": None}
    columns = dict.fromkeys(plain_fields(TABLED_BY_NAME["referral"]))
    place = {"cursor": commands[0].cursor, "hlc_ms": commands[0].header.hlc_ms}
    unknown = {"id": entity, "org_id": org, **place, **columns}
    tables["referral"][entity] = tables["referral"].get(entity, unknown) | reached


# ── What a device shows ──


@st.composite
def honest_histories(draw: st.DrawFn) -> list[LoggedOp]:
    """Draw one entity's ops as devices in step write them: each has seen all before it, and clocks go on."""
    log = Log()
    kind = draw(st.sampled_from([kind for kind in TABLED_OP_KINDS if kind.folds is not Folds.COMMAND]))
    first = log.add(header_of(kind, draw(facts_of(kind)), entity=ENTITIES[0]))
    re = first.op_id if kind.folds is Folds.ROW else None
    for hlc_ctr in range(1, draw(st.integers(1, 6))):
        log.server_ms += 1
        members = {"entity": ENTITIES[0], "hlc_ctr": hlc_ctr, "op_class": int(OpClass.EDIT), "re": re}
        log.add(header_of(kind, draw(facts_of(kind)), **members))
    return log.ops


@on_one_database
@given(ops=honest_histories())
def test_devices_in_step_show_what_the_tables_hold(journal: Journal, ops: list[LoggedOp]) -> None:
    begin(journal)
    journal.push_all([(op,) for op in ops])
    setters: dict[str, list[Any]] = {}
    folded = []
    for op in ops:
        bases = tuple(tuple(sorted(setters.get(name, ()))) for name, _ in op.header.facts)
        folded.append(FoldOp(op.op_id, op.header, op.server_ms, Payload(None, 0, None, bases, ())))
        for name, _ in op.header.facts:
            setters.setdefault(name, []).append(op.op_id)
    shown = fold(ENTITIES[0], live_ops(folded), REGISTRY).groups[0]
    kind = TABLED_BY_NAME[shown.kind]
    facts: dict[str, Any] = {
        name: register.value for (space, name), register in shown.registers.items() if space == FACT
    }
    (row,) = journal.tables()[shown.kind].values()
    assert {name: row[name] for name in plain_fields(kind)} == {
        name: expected_value(name, spec, facts) for name, spec in plain_fields(kind).items()
    }
    assert row.get("void", False) == (not shown.counts)
