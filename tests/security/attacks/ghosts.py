"""What a hostile server does to be let in itself: devices, keys and beginnings that no member made (T5)."""

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from sync.control import Body, EpochBody, decode_body, encode_body
from sync.ids import HeaderBytes, Sealed
from sync.keyring import Identity
from sync.keys import Epoch
from sync.log import OpRow, Page, PageSegment, encode_page
from sync.rotation import write_rotation
from sync.secret import EpochKey
from sync.writer import first_epoch, write_founding
from tests.engine_kit import AWA, SAMIR, SPACE, ModelServer, identity, member, moment, replica
from tests.security.attacks.association import GHOST, Tale, base
from tests.security.attacks.attack import Attack
from tests.security.attacks.building import meets, spoilt
from tests.security.attacks.hostile import control, mended, op_row, segment_by
from tests.security.attacks.wraps import fixed_wraps, wrap
from tests.spoilt_pages import row

NADEGE: Final = identity(8)
"""Who is let in next."""
GHOST_KEY: Final = EpochKey(b"\x66" * 32)
_GHOST, _SAMIR = GHOST.device.hex(), SAMIR.device.hex()


def attacks() -> Iterable[Attack]:
    """Return them all."""
    yield spoilt(
        "add a ghost device",
        "A device of the server's own is an administrator, and gets every key from the next rotation on.",
        lambda page: _brought(page, segment_by(GHOST, [_let_in(GHOST, GHOST)], base().server)),
        refused={"integrity": "device"},
        wanted=[("member", _GHOST, 7)],
        controls=["device", "signature", "revoked"],
        lines=[{"integrity": "signature"}, {"void": "revoked"}],
    )
    yield spoilt(
        "add a ghost device in an administrator's name",
        "The same, as if Awa had let it in.",
        lambda page: _brought(page, segment_by(AWA, [_let_in(AWA, GHOST)], base().server, signer=GHOST)),
        refused={"integrity": "signature"},
        wanted=[("member", _GHOST, 7)],
        controls=["signature"],
    )
    yield spoilt(
        "swap a device's key",
        "What is wrapped for the device that Awa lets in opens for the server.",
        _key_swapped,
        refused={"integrity": "chain"},
        wanted=[("box", NADEGE.device.hex(), _x_pk(GHOST).hex())],
        controls=["chain"],
        told=lambda tale: tale.control(AWA, tale.let_in(NADEGE, 1)),
    )
    yield spoilt(
        "substitute a wrap",
        "A device writes under a key that the server has.",
        _wrap_substituted,
        refused={"integrity": "chain"},
        wanted=[("key", 2, GHOST_KEY.reveal().hex())],
        controls=["chain", "commit"],
        lines=[{"alarm": "epoch_key"}],
        told=rotated,
    )
    yield _beginning(
        "show another beginning",
        "A new device joins a space of the server's own, and writes what it sees there.",
        "root",
        _founded_by_ghost(),
    )
    yield _beginning(
        "begin around the root",
        "The same, behind the one operation that the device knows by its name.",
        "founding",
        _around_the_root(),
    )


def rotated(tale: Tale, who: Identity = AWA) -> None:
    """Let an administrator's device make a new key."""
    with fixed_wraps():
        write_rotation(tale.who(who), moment(81))
    tale.send(who)


def _let_in(author: Identity, who: Identity) -> tuple[HeaderBytes, Sealed]:
    return control(author, base().let_in(who, 7))


def _brought(page: Page, paged: PageSegment) -> Page:
    return mended(replace(page, segments=(paged,)))


def _x_pk(who: Identity) -> bytes:
    assert who.box is not None
    return who.box.public


def _with_body(page: Page, kind: str, change: dict[str, object]) -> Page:
    """Change the body of the first op."""
    op = op_row(page, 0, 0)
    body: Body = decode_body(kind, op.sealed, SPACE)
    return row(page, 0, 0, replace(op, sealed=encode_body(replace(body, **change))))


def _key_swapped(page: Page) -> Page:
    return _with_body(page, "member", {"x_pk": _x_pk(GHOST)})


def _wrap_substituted(page: Page) -> Page:
    body = decode_body("epoch", op_row(page, 0, 0).sealed, SPACE)
    assert isinstance(body, EpochBody)
    own = wrap(GHOST_KEY, _x_pk(SAMIR), Epoch(SPACE, 2, body.commit), SAMIR.device)
    wraps = tuple((device, own if device == SAMIR.device else other) for device, other in body.wraps)
    return _with_body(page, "epoch", {"wraps": wraps})


def _beginning(name: str, says: str, control_name: str, page: bytes) -> Attack:
    return meets(
        name,
        says,
        base(),
        victim="fresh",
        steps=[("page", page)],
        refused={"integrity": control_name},
        wanted=[("member", _GHOST, 7), ("key", 1, GHOST_KEY.reveal().hex())],
        controls=[control_name],
        then=[("page", base().server.page())],
    )


def _founded_by_ghost() -> bytes:
    """Return the log of a space that the server's device founded, with the victim in it."""
    server, ghost = ModelServer(), replica(GHOST)
    bodies = [member(GHOST), member(SAMIR, 1)]
    with fixed_wraps():
        write_founding(ghost, bodies, first_epoch(SPACE, bodies, GHOST_KEY), moment(1))
    while (data := ghost.push()) is not None:
        assert ghost.accept(server.push(data), 0)
    return server.page()


def _around_the_root() -> bytes:
    """Return a first segment of the server's device that has the true root, and everything else of its own."""
    known = base().server.segments[0].rows[0]
    assert isinstance(known, OpRow)
    bodies = [member(GHOST), member(SAMIR, 1)]
    with fixed_wraps():
        epoch = first_epoch(SPACE, [member(AWA), *bodies], GHOST_KEY)
    others = [*(control(GHOST, body, 0) for body in bodies), control(GHOST, epoch, 0)]
    paged = segment_by(GHOST, [(known.header, known.sealed), *others], ModelServer())
    server = ModelServer()
    return encode_page(mended(Page(0, None, False, (paged,)), 0, server.log))
