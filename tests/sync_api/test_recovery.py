"""Every device is lost: whoever holds two papers reads the whole log and lets one device in, which opens everything."""

from itertools import combinations

import pytest
import shamir_mnemonic  # type: ignore[import-untyped]
from httpx import Response

from sync.codec import encode
from sync.errors import IntegrityFailure
from sync.ids import EntityId, OpId, StreamId, WorkerId
from sync.keyring import Identity
from sync.keys import auth_message
from sync.log import decode_receipt
from sync.recovery import ROLES, recovery_body, recovery_identity, root_in, write_administrator
from sync.replica import Replica, new_replica
from sync.rotation import write_revocation, write_rotation
from sync.secret import EpochKey, RecoverySeed
from sync.writer import CannotWrite, Genesis, first_epoch, write, write_founding
from tests.engine_kit import AWA, ORG, SPACE, START_MS, entity, identity, member, moment
from tests.pens import REGISTRY
from tests.world import World, code, unpacked

SEED = RecoverySeed(bytes(range(32)))
RECOVERY = recovery_identity(SEED)
ODILE = identity(5)
WHO = WorkerId(b"\xc7" * 16)
ITSELF = f"/v1/spaces/{SPACE.hex()}"


def replica(who: Identity, root: OpId | None, stream: int) -> Replica:
    """Return an empty replica over the service's registry."""
    return new_replica(who, REGISTRY, SPACE, root, StreamId(bytes([stream]) * 16))


def token(world: World, who: Identity) -> Response:
    """Answer a challenge as a device does."""
    nonce, expires_ms = unpacked(world.http.post("/v1/auth/challenge"))
    signature = who.signing.sign(auth_message("http://testserver", nonce, expires_ms))
    answer: Response = world.http.post("/v1/auth/token", content=encode([who.device, nonce, expires_ms, signature]))
    return answer


def get(world: World, who: Identity, path: str, **query: int) -> Response:
    headers = {"authorization": f"Bearer {unpacked(token(world, who))[0]}"}
    answer: Response = world.http.get(path, params=query, headers=headers)
    return answer


def deliver(who: Replica, world: World) -> None:
    """Push all, then pull all."""
    while (body := who.push()) is not None:
        answer = world.push(body)
        assert answer.status_code == 200, answer.text
        assert who.accept(decode_receipt(answer.content), START_MS)
    read_all(who, world)


def read_all(who: Replica, world: World) -> None:
    more = True
    while more:
        after = who.reader.view.cursor
        who.apply_page(get(world, who.identity, f"{ITSELF}/ops", after=after, max_bytes=1).content, START_MS)
        more = who.reader.view.cursor > after


@pytest.fixture
def awa(world: World) -> Replica:
    """Awa's device, the only one of the association, which founded it beside the recovery member."""
    made = replica(AWA, None, 1)
    bodies = [member(AWA), recovery_body(RECOVERY, ORG)]
    write_founding(made, bodies, first_epoch(SPACE, bodies, EpochKey(b"\x03" * 32)), moment(1))
    assert world.open_space(world.setup_secret()).status_code == 201
    deliver(made, world)
    write(made, [Genesis(entity(1), "thing", fields={"note": "before"})], moment(2))
    deliver(made, world)
    return made


def from_papers(world: World, stream: int = 2) -> Replica:
    """Return the recovery member's replica, which knows nothing but its seed, and writes in a stream of its own."""
    (space,) = get(world, RECOVERY, "/v1/spaces").json()["spaces"]
    first = get(world, RECOVERY, f"/v1/spaces/{space}/ops", max_bytes=1).content
    made = replica(RECOVERY, root_in(first), stream)
    read_all(made, world)
    return made


def let_in(recovery: Replica, who: Identity) -> None:
    assert who.box is not None
    write_administrator(recovery, who.signing.public, who.box.public, WHO, moment(6))


def notes(who: Replica, of: EntityId) -> list[object]:
    return [field.value for op in who.ops(of) if op.payload is not None for field in op.payload.fields]


@pytest.mark.parametrize("rotations", [0, 2, 9])
def test_the_new_administrator_opens_every_record_however_often_the_key_has_changed(
    world: World, awa: Replica, rotations: int
) -> None:
    for n in range(rotations):
        write_rotation(awa, moment(10 + n))
        deliver(awa, world)
        write(awa, [Genesis(entity(2 + n), "thing", fields={"note": f"after {n}"})], moment(30 + n))
        deliver(awa, world)
    recovery = from_papers(world)
    assert recovery.reader.root == awa.reader.root
    let_in(recovery, ODILE)
    deliver(recovery, world)
    odile = replica(ODILE, recovery.reader.root, 3)
    read_all(odile, world)
    found = [note for n in range(rotations + 1) for note in notes(odile, entity(1 + n))]
    assert found == ["before", *(f"after {n}" for n in range(rotations))]
    assert odile.waiting == {}
    mine = odile.reader.view.members.by_device[ODILE.device]
    assert (mine.roles, mine.org, mine.worker) == (ROLES, ORG, WHO)


def test_the_new_administrator_cuts_the_lost_device_off_and_the_papers_stay_good(world: World, awa: Replica) -> None:
    recovery = from_papers(world)
    let_in(recovery, ODILE)
    deliver(recovery, world)
    odile = replica(ODILE, recovery.reader.root, 3)
    read_all(odile, world)
    write_revocation(odile, [AWA.device], moment(7))
    deliver(odile, world)
    write(odile, [Genesis(entity(2), "thing", fields={"note": "afterwards"})], moment(8))
    deliver(odile, world)
    assert code(get(world, AWA, f"{ITSELF}/ops")) == (403, "device_revoked")
    again = from_papers(world, stream=4)
    assert notes(again, entity(2)) == ["afterwards"]
    let_in(again, identity(6))
    deliver(again, world)


def test_its_segment_is_refused_if_the_key_has_changed_since_it_read(world: World, awa: Replica) -> None:
    """Nothing is written then; whoever holds the papers reads again, and it is accepted."""
    recovery = from_papers(world)
    let_in(recovery, ODILE)
    write_rotation(awa, moment(3))
    deliver(awa, world)
    body = recovery.push()
    assert body is not None
    assert code(world.push(body)) == (409, "epoch_conflict")
    again = from_papers(world)
    let_in(again, ODILE)
    deliver(again, world)


def test_a_retired_recovery_member_is_told_of_no_space_and_signs_nobody(world: World, awa: Replica) -> None:
    recovery = from_papers(world)
    write_revocation(awa, [RECOVERY.device], moment(3))
    deliver(awa, world)
    assert get(world, RECOVERY, "/v1/spaces").json() == {"spaces": []}
    assert code(get(world, RECOVERY, f"{ITSELF}/ops")) == (403, "device_revoked")
    let_in(recovery, ODILE)
    body = recovery.push()
    assert body is not None
    assert code(world.push(body)) == (403, "device_revoked")
    page = get(world, AWA, f"{ITSELF}/ops").content
    late = replica(RECOVERY, root_in(page), 4)
    late.apply_page(page, START_MS)
    with pytest.raises(CannotWrite):
        let_in(late, ODILE)


def test_a_server_that_does_not_know_the_papers_gives_no_token(world: World, awa: Replica) -> None:
    assert awa.reader.view.cursor > 0
    assert code(token(world, recovery_identity(RecoverySeed(bytes(32))))) == (401, "unauthenticated")


def test_the_root_shown_is_the_one_on_the_paper_and_a_page_from_elsewhere_shows_none(
    world: World, awa: Replica
) -> None:
    whole = get(world, AWA, f"{ITSELF}/ops").content
    assert root_in(whole) == awa.reader.root
    for page in (get(world, AWA, f"{ITSELF}/ops", after=3).content, encode([0, None, False, []]), b"\x93", b""):
        with pytest.raises(IntegrityFailure):
            root_in(page)


def test_any_two_papers_are_the_recovery_member_and_one_is_nobody(world: World, awa: Replica) -> None:
    assert awa.reader.view.cursor > 0
    (papers,) = shamir_mnemonic.generate_mnemonics(1, [(2, 3)], SEED.reveal())
    for pair in combinations(papers, 2):
        found = recovery_identity(RecoverySeed(shamir_mnemonic.combine_mnemonics(pair)))
        assert token(world, found).status_code == 200
    for paper in papers:
        with pytest.raises(shamir_mnemonic.MnemonicError):
            shamir_mnemonic.combine_mnemonics([paper])
