"""The recovery member: a member without a device, whose keys are made again from two of three papers.

```
signing seed = HKDF(seed32, zero32, "esc1/recovery-sign\\0")
box seed     = HKDF(seed32, zero32, "esc1/recovery-box\\0")
```
The seed is split into SLIP-39 shares, two of three, and kept nowhere else.
"""

from typing import Final

from sync.control import ROLE_ADMIN, ROLE_ERASE, ROLE_WRITE, MemberBody
from sync.ids import ZERO32, OrgId
from sync.keyring import Identity
from sync.keys import BoxKey, SigningKey, hkdf
from sync.secret import RecoverySeed, Secret

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
