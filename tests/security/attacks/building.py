"""How attacks are put together: an honest log, what is made of its next page, and what an honest server sends then."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sync.checkpoint import checkpoint_of
from sync.ids import OpId
from sync.keyring import Identity
from sync.log import ErasedRow, IdRow, OpRow, Page, PageSegment, Row, decode_page, encode_page
from sync.logview import LogView
from sync.op import entity_of, op_id, op_id_of_hashes
from sync.replica import Replica
from sync.writer import Edit
from tests.engine_kit import AWA
from tests.model_pages import checkpoint_at
from tests.security.attacks.association import MOMO, SEEN, Tale, push_bytes
from tests.security.attacks.attack import Attack, Refused, Step, Wish
from tests.security.attacks.hostile import Pair, hand, segment_by
from tests.security.attacks.victim import Victim

Change = Callable[[Page], Page]
Act = Callable[[Tale], object]
Written = Sequence[Pair] | Callable[[Tale], Sequence[Pair]]


def goes_on(tale: Tale) -> None:
    """Let an honest device write what the victim reads when all is over."""
    tale.write(AWA, Edit(MOMO, "thing", {}, {"note": "calm"}))


def meets(
    name: str,
    says: str,
    tale: Tale,
    *,
    victim: str,
    steps: Sequence[Step],
    refused: Refused,
    wanted: Sequence[Wish],
    controls: Sequence[str],
    then: Sequence[Step],
    lines: Sequence[Refused] = (),
    begins: Sequence[Step] = (),
    threat: str = "T5",
) -> Attack:
    """Return an attack of any steps, of which the tale is the honest end."""
    ends = shown(tale.reader())
    told = (tuple(steps), refused, tuple(wanted), tuple(controls), tuple(then), ends, tuple(lines), tuple(begins))
    return Attack(name, threat, says, victim, *told)


def spoilt(
    name: str,
    says: str,
    change: Change,
    *,
    refused: Refused,
    wanted: Sequence[Wish],
    controls: Sequence[str],
    lines: Sequence[Refused] = (),
    told: Act = Tale.go_on,
) -> Attack:
    """Return the attack of a server that changes the next page."""
    tale = Tale()
    told(tale)
    honest = tale.server.page(SEEN)
    return meets(
        name,
        says,
        tale,
        victim="standing",
        steps=[("page", encode_page(change(decode_page(honest))))],
        refused=refused,
        wanted=wanted,
        controls=controls,
        then=[("page", honest)],
        lines=lines,
    )


def in_league(
    name: str,
    says: str,
    who: Identity,
    written: Written,
    *,
    refused: Refused,
    wanted: Sequence[Wish],
    controls: Sequence[str],
    lines: Sequence[Refused] = (),
    code: str | None = None,
    before: Act = lambda _tale: None,
    told: Act = goes_on,
    whole: bool = False,
    seen: int | None = None,
) -> Attack:
    """Return the attack of a member's device whose segment a server in league with it takes into its log.

    Args:
        before: what the honest devices write before it.
        told: what they write after it.
        whole: whether the victim reads that too before it is looked at.
        seen: the last segment end that the device says it has read; None for that of the log.
    """
    tale = Tale()
    before(tale)
    prelude = tuple(tale.pushes)
    pairs = written(tale) if callable(written) else written
    known = tale.server.cursor
    at = known if seen is None else seen
    paged = segment_by(who, pairs, tale.server, seen_cursor=at, seen_log=tale.server.ends[at])
    steps: list[Step] = [("page", tale.server.page(SEEN))] if known > SEEN else []
    hand(tale.server, paged)
    steps.append(("page", tale.server.page(known)))
    at = tale.server.cursor
    begins = bootstrap(tale, at)
    told(tale)
    rest: list[Step] = [("page", tale.server.page(at))]
    attack = meets(
        name,
        says,
        tale,
        threat="T10",
        victim="standing",
        steps=[*steps, *rest] if whole else steps,
        refused=refused,
        wanted=wanted,
        controls=controls,
        then=[] if whole else rest,
        lines=lines,
        begins=[*begins, *rest] if whole else begins,
    )
    return attack if code is None else replace(attack, prelude=prelude, push=push_bytes(paged), code=code)


def shown(replica: Replica) -> bytes:
    """Return what an honest replica shows of the log."""
    return Victim(replica).digest()


def bootstrap(tale: Tale, at: int) -> tuple[Step, ...]:
    """Return what a server sends to a device that begins at the end of the log: two pages, and the proof."""
    view = tale.reader().reader.view
    rows = [_shown(view, paged) for paged in tale.server.segments]
    some = [paged for paged in rows if not all(isinstance(row, IdRow) for row in paged.rows)]
    early = tuple(paged for paged in some if paged.first_cursor <= SEEN)
    first = Page(early[-1].first_cursor + len(early[-1].rows) - 1, None, True, early)
    rest = Page(at, None, False, tuple(paged for paged in some if paged.first_cursor > SEEN))
    pages: tuple[Step, ...] = (("start", encode_page(first)), ("start", encode_page(rest)))
    told = at.to_bytes(8) + checkpoint_of(view)
    return (("begin", told), *pages, ("proof", checkpoint_at(tale.server, at)))


def _shown(view: LogView, paged: PageSegment) -> PageSegment:
    rows = tuple(_row(view, row, cursor) for cursor, row in enumerate(paged.rows, paged.first_cursor))
    return PageSegment(paged.first_cursor, paged.server_ms, paged.seg, paged.sig, rows)


def _row(view: LogView, row: Row, cursor: int) -> Row:
    name = _name(row)
    entry = view.first_entries[name]
    is_live = name not in view.killed and entry.entity not in view.erased and entry.cursor == cursor
    return row if is_live else IdRow(name)


def _name(row: Row) -> OpId:
    if isinstance(row, ErasedRow):
        return op_id_of_hashes(row.entity, row.header_hash, row.sealed_hash)
    assert isinstance(row, OpRow)
    entity = entity_of(row.header)
    assert entity is not None
    return op_id(entity, row.header, row.sealed)
