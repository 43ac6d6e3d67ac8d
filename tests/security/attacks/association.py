"""One small association, always the same: who is in it, what stands in its log, and who reads on from there.

Awa founded it and administers it; Odile administers too. Samir, whose tablet is the victim, and Mallory write. Nadia
administers without a key. Chloé administers another association in the same space.
"""

from functools import cache
from typing import Final

from msgspec.structs import replace

from sync.checkpoint import start_of
from sync.control import Body, MemberBody
from sync.ids import OpId, OrgId, StreamId
from sync.keyring import Identity
from sync.keys import Epoch, commit
from sync.log import PageSegment, Receipt
from sync.replica import Replica, new_replica
from sync.secret import EpochKey
from sync.segment import encode_push
from sync.start import Start
from sync.stored import encode_replica
from sync.writer import Edit, Genesis, Intent, Row, first_epoch, write, write_control, write_founding
from tests.engine_kit import (
    AWA,
    MALLORY,
    REGISTRY,
    SAMIR,
    SPACE,
    START_MS,
    ModelServer,
    chance,
    entity,
    identity,
    member,
    moment,
    pull,
    replica,
)
from tests.security.attacks.wraps import fixed_wraps, wrap

ODILE: Final = identity(4)
NADIA: Final = identity(5)
CHLOE: Final = identity(6)
GHOST: Final = identity(7)
"""Whom no member let in: the server's own device."""

MOMO, INES, BED, OWN = entity(1), entity(2), entity(3), entity(9)
ENTITIES: Final = (MOMO, INES, BED)
EPOCH_KEY: Final = EpochKey(b"\x03" * 32)
THEIRS: Final = OrgId(b"\x0b" * 16)
FIRST: Final = Epoch(SPACE, 1, commit(SPACE, 1, EPOCH_KEY))
SEEN: Final = 14
"""Where the victim stands."""


class Tale:
    """The association's log up to where the victim stands, on a server and in the hands of devices that go on."""

    def __init__(self) -> None:
        self.server = ModelServer()
        self.pushes: list[tuple[int, bytes]] = []
        self._replicas: dict[bytes, Replica] = {}
        self._moments = 0
        with fixed_wraps():
            self.root = self._found()
            self._live()
        assert self.server.cursor == SEEN

    def who(self, device: Identity) -> Replica:
        """Return a device's replica, which has read everything."""
        known = self._replicas.setdefault(device.device, replica(device, self.root))
        pull(known, self.server)
        return known

    def write(self, who: Identity, *intents: Intent, local_ms: int = START_MS, sent: bool = True) -> list[OpId]:
        """Let a device save something and, unless told otherwise, send it."""
        author = self.who(who)
        names = write(author, intents, moment(self._moment(), local_ms))
        if sent:
            self.send(who)
        return names

    def control(self, who: Identity, *bodies: Body) -> None:
        """Let a device save control ops and send them."""
        author = self.who(who)
        for body in bodies:
            write_control(author, body, moment(self._moment()))
        self.send(who)

    def send(self, who: Identity) -> None:
        """Let a device send what waits, as it has read the log, and then read on."""
        author = self._replicas[who.device]
        while (data := author.push()) is not None:
            assert author.accept(self.push(data), START_MS)
        pull(author, self.server)

    def push(self, data: bytes) -> Receipt:
        """Let the server take a push, whoever carries it."""
        receipt = self.server.push(data)
        self.pushes.append((self.server.now_ms, data))
        return receipt

    def reader(self) -> Replica:
        """Return a replica of the victim's device that has read the whole log."""
        made = replica(SAMIR, self.root)
        pull(made, self.server)
        return made

    def go_on(self) -> None:
        """Let the honest devices write what the victim reads next: two edits, one, and one that supersedes."""
        self.write(AWA, Edit(MOMO, "thing", {}, {"note": "calm"}), Edit(INES, "thing", {}, {"note": "has a bed"}))
        self.write(ODILE, Edit(MOMO, "thing", {"size": "large"}, {"plan": "doctor on Monday"}))
        self.write(AWA, Edit(MOMO, "thing", {}, {"note": "tired"}))

    def let_in(self, who: Identity, roles: int, *, keyed: bool = True) -> MemberBody:
        """Return the member body of a device of the association, with the key of epoch 1."""
        body = member(who, roles, keyed=keyed)
        return body if body.x_pk is None else replace(body, wrap=wrap(EPOCH_KEY, body.x_pk, FIRST, who.device))

    def _found(self) -> OpId:
        awa = self._replicas[AWA.device] = replica(AWA)
        bodies = [member(AWA), member(ODILE), replace(member(CHLOE), org=THEIRS)]
        root = write_founding(awa, bodies, first_epoch(SPACE, bodies, EPOCH_KEY), moment(self._moment()))
        self.send(AWA)
        return root

    def _live(self) -> None:
        self.control(AWA, self.let_in(SAMIR, 1), self.let_in(MALLORY, 1), self.let_in(NADIA, 6, keyed=False))
        self.write(
            AWA,
            Genesis(MOMO, "thing", {"size": "small", "risk": "grave"}, {"note": "by the station"}),
            Genesis(INES, "thing", {}, {"note": "asks for a bed"}),
            Genesis(BED, "lane"),
            Row(MOMO, "mark", {"done": False}, {"text": "kit"}),
        )
        self.write(AWA, Row(BED, "lane_move", {"move": "send", "expect": "draft"}))
        self.write(MALLORY, Edit(INES, "thing", {}, {"plan": "the rest room"}))
        self.write(ODILE, Edit(MOMO, "thing", {"count": 1}, {"alias": "Momo"}))

    def _moment(self) -> int:
        self._moments += 1
        return self._moments


@cache
def base() -> Tale:
    """Return the log up to where the victim stands, for whoever only reads it."""
    return Tale()


def standing() -> Replica:
    """Return the victim: it has read the log up to there, and has written what it could not send yet."""
    samir = base().reader()
    write(samir, [Genesis(OWN, "thing", {"size": "small"}, {"note": "mine"})], moment(90))
    write(samir, [Row(OWN, "mark", {"done": True})], moment(91))
    return samir


def fresh() -> Replica:
    """Return the victim before it has read anything."""
    return replica(SAMIR, base().root)


def starting() -> Replica:
    """Return the victim as it begins at a checkpoint: where the log stood that it was told of."""
    return beginner(base())


def beginner(tale: Tale) -> Replica:
    """Return a replica of the victim's device that begins where a log stands now."""
    start = Start(SPACE, *start_of(tale.reader().reader.view))
    return new_replica(SAMIR, REGISTRY, SPACE, tale.root, StreamId(chance(7)(16)), start)


VICTIMS: Final = {"standing": standing, "fresh": fresh, "starting": starting}


def stored_victims() -> dict[str, bytes]:
    """Return each victim as its device keeps it."""
    return {name: encode_replica(made()) for name, made in VICTIMS.items()}


def push_bytes(paged: PageSegment) -> bytes:
    """Return the push that brings a segment."""
    return encode_push(paged.seg, paged.sig, [(row.header, row.sealed) for row in paged.rows])  # type: ignore[union-attr]
