"""The recovery member: a member without a device, whose keys are made again from two of three papers.

```
signing seed = HKDF(seed32, zero32, "esc1/recovery-sign\\0")
box seed     = HKDF(seed32, zero32, "esc1/recovery-box\\0")
```
The seed is split into SLIP-39 shares, two of three, and kept nowhere else.

Whoever holds two papers reads the whole log from its first op and lets one device in, which administers. They know the
root from the paper and from nobody else: `root_in` says which one a server shows, and a person compares it before
anything is written. Nothing else is ever written by this member.
"""

from typing import Final

from sync.codec import NotCanonical
from sync.control import ROLE_ADMIN, ROLE_ERASE, ROLE_WRITE, MemberBody
from sync.errors import IntegrityFailure, Reason
from sync.ids import ZERO32, OpId, OrgId, WorkerId
from sync.keyring import Identity
from sync.keys import BoxKey, SigningKey, device_id, hkdf
from sync.log import OpRow, decode_page
from sync.op import HeaderFault, decode_header, op_id
from sync.replica import Replica
from sync.rotation import wrap_ahead
from sync.secret import RecoverySeed, Secret
from sync.writer import CannotWrite, Moment, write_control

ROLES: Final = ROLE_WRITE + ROLE_ADMIN + ROLE_ERASE


def recovery_identity(seed: RecoverySeed) -> Identity:
    """Return the recovery member's keys."""
    signing = Secret(hkdf(seed, ZERO32, b"esc1/recovery-sign\0"))
    box = Secret(hkdf(seed, ZERO32, b"esc1/recovery-box\0"))
    return Identity(SigningKey(signing), BoxKey(box))


def recovery_body(identity: Identity, org: OrgId) -> MemberBody:
    """Return the recovery member's body in a founding segment: every role, and no worker."""
    assert identity.box is not None
    return MemberBody(identity.device, identity.signing.public, identity.box.public, ROLES, org, None, None)


def root_in(page: bytes) -> OpId:
    """Return the root that the first page of a log shows. Nothing of it is checked: a replica made with it does that.

    Raises:
        IntegrityFailure: the page holds no first op.
    """
    try:
        segments = decode_page(page).segments
        row = segments[0].rows[0]
        if segments[0].first_cursor != 1 or not isinstance(row, OpRow):
            raise IntegrityFailure(Reason.PAGE, 0)
        return op_id(decode_header(row.header).entity, row.header, row.sealed)
    except (NotCanonical, HeaderFault, IndexError) as error:
        raise IntegrityFailure(Reason.PAGE, 0) from error


def write_administrator(replica: Replica, ed_pk: bytes, x_pk: bytes, worker: WorkerId, moment: Moment) -> OpId:
    """Save in the recovery member's outbox that a device is a worker's, with every role and the key in force.

    Call it after a pull of the whole log, and after a person has found its root on the paper.

    Raises:
        CannotWrite: the recovery member may not, or holds no key to hand on.
    """
    own = replica.reader.view.members.by_device.get(replica.identity.device)
    if own is None or not own.keyed or not own.may(ROLE_ADMIN):
        raise CannotWrite("The recovery member does not administer this space.")
    device = device_id(ed_pk)
    wrapped = wrap_ahead(replica, x_pk, device)
    return write_control(replica, MemberBody(device, ed_pk, x_pk, ROLES, own.org, worker, wrapped), moment)
