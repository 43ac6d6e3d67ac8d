"""Who may change the members, the epochs and the rules, judged by the state just before each op."""

import pytest
from msgspec.structs import replace

from sync.control import Body, EpochBody, EraseBody, MemberBody, RulesBody, XkeyBody
from sync.errors import BadControl, BadHeader, DeviceRevoked, EpochConflict, NotMember, RoleMissing
from sync.ids import Digest, EntityId, HeaderBytes, OrgId, Sealed
from sync.keyring import Identity
from sync.limits import MEMBERS_MAX
from sync.members import Fault, Member, Members, admit, found, judge
from sync.op import Header, OpClass
from sync.push import PushedOp
from tests.engine_kit import AWA, MALLORY, ORG, RECOVERY, SAMIR, SPACE, entity, identity, member, name

WRAP = b"w" * 80
ALL_SEEN = range(1, 1)
"""What the author of a segment at cursor 1 had not seen."""
OTHER_ORG = OrgId(b"\x0b" * 16)


def control(who: Identity, epoch: int = 1) -> Header:
    """Return the header of a control op; its kind is judged with its body elsewhere."""
    return Header(SPACE, who.device, EntityId(bytes(SPACE)), OpClass.CONTROL, "rules", 0, 0, epoch)


def edit(who: Identity, epoch: int = 1) -> Header:
    """Return the header of an edit."""
    return Header(SPACE, who.device, entity(1), OpClass.EDIT, "thing", 0, 0, epoch)


def epoch_of(members: Members, **changed: object) -> EpochBody:
    """Return the next epoch as it must be, some of it changed."""
    wraps = tuple((device, WRAP) for device in members.keyed())
    body = EpochBody(members.epoch + 1, Digest(bytes(32)), bytes(60), wraps)
    return replace(body, **changed)


def space(*bodies: MemberBody) -> Members:
    """Return the members after the founding by Awa and some more member ops."""
    members = Members(SPACE)
    for body in (member(AWA), member(RECOVERY)):
        members = members.after(AWA.device, body)
    members = members.after(AWA.device, epoch_of(members, prev=None))
    for body in bodies:
        members = members.after(AWA.device, body)
    return members


WRITER = member(SAMIR, 1, WRAP)
READER = member(SAMIR, 0, WRAP)
KEYLESS_ADMIN = member(SAMIR, 6, keyed=False)
REVOKED = member(SAMIR, 0, keyed=False)


def fault(members: Members, who: Identity, body: Body) -> Fault | None:
    """Return the fault of a control op of this epoch."""
    return judge(members, control(who, members.epoch), body, ALL_SEEN)


def test_an_edit_needs_a_member_with_the_role_write_and_an_epoch_of_the_past() -> None:
    """Older epochs are accepted from a device that is still a member."""
    assert judge(space(WRITER), edit(SAMIR), None, ALL_SEEN) is None
    assert judge(space(), edit(SAMIR), None, ALL_SEEN) == Fault.NOT_MEMBER
    assert judge(space(REVOKED), edit(SAMIR), None, ALL_SEEN) == Fault.DEVICE_REVOKED
    assert judge(space(READER), edit(SAMIR), None, ALL_SEEN) == Fault.ROLE_MISSING
    assert judge(space(KEYLESS_ADMIN), edit(SAMIR), None, ALL_SEEN) == Fault.ROLE_MISSING
    assert judge(space(WRITER), edit(SAMIR, 2), None, ALL_SEEN) == Fault.EPOCH
    later = space(WRITER)
    later = later.after(AWA.device, epoch_of(later))
    assert judge(later, edit(SAMIR, 1), None, ALL_SEEN) is None


def test_a_control_op_is_of_the_epoch_before_it_and_has_a_body() -> None:
    """One made for another epoch conflicts; one that does not decode is bad."""
    members = space()
    assert judge(members, control(AWA, 1), RulesBody(2), ALL_SEEN) is None
    assert judge(members, control(AWA, 0), RulesBody(2), ALL_SEEN) == Fault.EPOCH_CONFLICT
    assert judge(members, control(AWA, 2), RulesBody(2), ALL_SEEN) == Fault.EPOCH_CONFLICT
    assert judge(members, control(AWA, 1), None, ALL_SEEN) == Fault.BAD_CONTROL


@pytest.mark.parametrize(
    ("who", "body", "expected"),
    [
        (AWA, RulesBody(2), None),
        (SAMIR, RulesBody(2), Fault.ROLE_MISSING),
        (AWA, EraseBody((entity(1),)), None),
        (SAMIR, EraseBody((entity(1),)), Fault.ROLE_MISSING),
        (SAMIR, XkeyBody(b"\x09" + bytes(31)), None),
        (MALLORY, XkeyBody(b"\x09" + bytes(31)), Fault.NOT_MEMBER),
        (AWA, member(MALLORY, 1, WRAP), None),
        (SAMIR, member(MALLORY, 1, WRAP), Fault.ROLE_MISSING),
        (AWA, member(MALLORY, 1), Fault.EPOCH_CONFLICT),
        (AWA, member(MALLORY, 1, keyed=False), None),
        (AWA, replace(member(MALLORY, 1, WRAP), org=OTHER_ORG), Fault.ROLE_MISSING),
    ],
)
def test_each_kind_of_control_op_needs_its_author(who: Identity, body: Body, expected: Fault | None) -> None:
    """Samir may write and nothing else; Mallory is nobody."""
    assert fault(space(WRITER), who, body) == expected


def test_an_administrator_without_keys_adds_nobody_who_can_read() -> None:
    """It may revoke and erase, but neither wrap nor rotate."""
    members = space(KEYLESS_ADMIN)
    assert fault(members, SAMIR, member(MALLORY, 1, keyed=False)) is None
    assert fault(members, SAMIR, member(MALLORY, 1, WRAP)) == Fault.ROLE_MISSING
    assert fault(members, SAMIR, EraseBody((entity(1),))) is None
    assert fault(members, SAMIR, epoch_of(members)) == Fault.ROLE_MISSING
    assert fault(members, AWA, epoch_of(members)) is None


def test_an_administrator_manages_its_own_association_only() -> None:
    """Neither a member of another association nor one that would come from it."""
    theirs = replace(WRITER, org=OTHER_ORG)
    members = space(theirs)
    assert fault(members, AWA, WRITER) == Fault.ROLE_MISSING
    assert fault(members, AWA, REVOKED) == Fault.ROLE_MISSING
    assert fault(space(WRITER), AWA, theirs) == Fault.ROLE_MISSING
    assert fault(space(WRITER), AWA, REVOKED) is None


def test_a_revoked_device_does_nothing_and_a_reader_still_proposes_a_key() -> None:
    """Revoked means without roles and without a box key."""
    assert fault(space(REVOKED), SAMIR, XkeyBody(b"\x09" + bytes(31))) == Fault.DEVICE_REVOKED
    assert fault(space(READER), SAMIR, XkeyBody(b"\x09" + bytes(31))) is None


def test_a_proposed_key_is_taken_or_withdrawn_and_never_swapped() -> None:
    """From the proposal on the device is not keyed, until a member op with that very key."""
    proposal = XkeyBody(b"\x09" + bytes(31))
    proposed = space(WRITER).after(SAMIR.device, proposal)
    assert SAMIR.device not in proposed.keyed()
    assert fault(proposed, AWA, WRITER) == Fault.BAD_CONTROL
    taken = replace(WRITER, x_pk=proposal.x_pk)
    assert fault(proposed, AWA, taken) is None
    assert SAMIR.device in proposed.after(AWA.device, taken).keyed()
    withdrawn = member(SAMIR, 1, keyed=False)
    assert fault(proposed, AWA, withdrawn) is None
    assert fault(proposed.after(AWA.device, withdrawn), AWA, WRITER) is None


def test_an_administrator_whose_key_is_only_proposed_does_not_rotate() -> None:
    """It is not keyed, so it may hold no newer key than the one it lost."""
    members = space(member(SAMIR, 7, WRAP)).after(SAMIR.device, XkeyBody(b"\x09" + bytes(31)))
    assert fault(members, SAMIR, epoch_of(members)) == Fault.ROLE_MISSING
    assert fault(members, AWA, epoch_of(members)) is None


def test_an_epoch_is_the_next_one_wrapped_for_exactly_the_keyed_members() -> None:
    """Two rotations, or a rotation and an addition, cannot both win."""
    members = space(WRITER)
    wraps = epoch_of(members).wraps
    assert fault(members, AWA, epoch_of(members)) is None
    for body in (
        epoch_of(members, n=3),
        epoch_of(members, n=1, prev=None),
        epoch_of(members, wraps=wraps[1:]),
        epoch_of(members, wraps=tuple(sorted([*wraps, (MALLORY.device, WRAP)]))),
    ):
        assert fault(members, AWA, body) == Fault.EPOCH_CONFLICT


def test_a_revocation_takes_its_device_out_of_the_next_epoch_of_the_same_segment() -> None:
    """Each op is judged by the state just before it, earlier ops of its segment included."""
    members = space(WRITER)
    revoked = members.after(AWA.device, REVOKED)
    body = epoch_of(revoked)
    assert SAMIR.device not in dict(body.wraps)
    ops = [pushed(control(AWA)), pushed(control(AWA))]
    assert admit(members, ops, {0: REVOKED, 1: body}, ALL_SEEN).epoch == 2
    with pytest.raises(EpochConflict) as refusal:
        admit(members, ops, {0: REVOKED, 1: epoch_of(members)}, ALL_SEEN)
    assert refusal.value.details == {"epoch": 1}


def test_a_space_has_at_most_six_hundred_members_that_are_not_revoked() -> None:
    """One more is refused; one more after a revocation is not."""
    base = space()
    first = next(iter(base.by_device.values()))
    crowd = {
        device: Member(device, bytes(32), None, 1, ORG, None)
        for device in (type(first.device)(n.to_bytes(16)) for n in range(MEMBERS_MAX - 2))
    }
    full = Members(SPACE, {**base.by_device, **crowd}, 1)
    assert fault(full, AWA, member(SAMIR, 1, WRAP)) == Fault.BAD_CONTROL
    assert fault(full, AWA, member(RECOVERY, 1, WRAP)) is None
    gone = next(iter(crowd))
    spared = Members(SPACE, {**full.by_device, gone: Member(gone, bytes(32), None, 0, ORG, None)}, 1)
    assert fault(spared, AWA, member(SAMIR, 1, WRAP)) is None


def pushed(header: Header) -> PushedOp:
    """Return an op of a push with this header."""
    return PushedOp(name(1), header, HeaderBytes(b""), Sealed(b""), Digest(b""), Digest(b""))


@pytest.mark.parametrize(
    ("members", "header", "body", "refusal"),
    [
        (space(), edit(SAMIR), None, NotMember),
        (space(REVOKED), edit(SAMIR), None, DeviceRevoked),
        (space(READER), edit(SAMIR), None, RoleMissing),
        (space(WRITER), edit(SAMIR, 2), None, BadHeader),
        (space(), control(AWA, 0), RulesBody(1), EpochConflict),
        (space(WRITER), control(SAMIR), RulesBody(1), RoleMissing),
        (space(WRITER).after(SAMIR.device, XkeyBody(b"\x09" + bytes(31))), control(AWA), WRITER, BadControl),
    ],
)
def test_the_server_refuses_a_fault_with_its_code(
    members: Members, header: Header, body: Body | None, refusal: type[Exception]
) -> None:
    """What a reader would find void is not let in."""
    with pytest.raises(refusal):
        admit(members, [pushed(header)], {0: body} if body else {}, ALL_SEEN)


FOUNDING: list[Body] = [member(AWA), member(RECOVERY)]


def founding(*bodies: Body, who: Identity = AWA, epoch: int = 0) -> Members | None:
    """Return what a first segment with these bodies founds."""
    return found(SPACE, [control(who, epoch) for _ in bodies], bodies)


def first(*bodies: MemberBody) -> EpochBody:
    """Return epoch 1 for these members."""
    wraps = sorted((body.device, WRAP) for body in bodies if body.x_pk is not None)
    return EpochBody(1, Digest(b"\x01" * 32), None, tuple(wraps))


def test_a_founding_makes_its_members_and_epoch_one() -> None:
    """The founder, a recovery member, and perhaps another association's first administrator."""
    theirs = replace(member(SAMIR), org=OTHER_ORG)
    made = founding(member(AWA), member(RECOVERY), theirs, first(member(AWA), member(RECOVERY), theirs))
    assert made is not None
    assert (made.epoch, len(made.by_device), made.commits) == (1, 3, {1: b"\x01" * 32})


@pytest.mark.parametrize(
    "bodies",
    [
        [],
        [member(AWA), first(member(AWA))],
        [member(AWA), member(RECOVERY)],
        [member(RECOVERY), member(AWA), first(member(AWA), member(RECOVERY))],
        [member(AWA, 5), member(RECOVERY), first(member(AWA), member(RECOVERY))],
        [member(AWA, keyed=False), member(RECOVERY), first(member(RECOVERY))],
        [member(AWA, 7, WRAP), member(RECOVERY), first(member(AWA), member(RECOVERY))],
        [member(AWA), member(RECOVERY, 7, WRAP), first(member(AWA), member(RECOVERY))],
        [member(AWA), member(AWA), first(member(AWA))],
        [member(AWA), member(RECOVERY), first(member(AWA))],
        [member(AWA), member(RECOVERY), first(member(AWA), member(RECOVERY), member(SAMIR))],
        [member(AWA), member(RECOVERY), EpochBody(2, Digest(bytes(32)), bytes(60), first(*FOUNDING).wraps)],  # type: ignore[arg-type]
        [member(AWA), first(member(AWA)), member(RECOVERY)],
        [member(AWA), RulesBody(1), first(member(AWA))],
        [member(AWA), member(RECOVERY), first(member(AWA), member(RECOVERY)), RulesBody(1)],
    ],
)
def test_any_other_first_segment_founds_nothing(bodies: list[Body]) -> None:
    """Exactly: the author's own member op, one or more others, epoch 1; and no wrap but the epoch's."""
    assert founding(*bodies) is None


def test_a_founding_is_of_epoch_zero_and_of_its_own_author() -> None:
    """Every header says epoch 0, and the first member is who signs."""
    bodies = [*FOUNDING, first(member(AWA), member(RECOVERY))]
    assert founding(*bodies) is not None
    assert founding(*bodies, epoch=1) is None
    assert founding(*bodies, who=SAMIR) is None
    mixed = [control(AWA, 0), control(SAMIR, 0), control(AWA, 0)]
    assert found(SPACE, mixed, bodies) is None


def test_a_member_s_identity_is_its_key() -> None:
    """A device id that is not its key's never reaches this state."""
    assert identity(5).device != identity(6).device
