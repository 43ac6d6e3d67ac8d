"""What a caller may do at the server: its association, and whether it administers it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from sync.control import ROLE_ADMIN
from sync.errors import NotMember, RoleMissing
from sync.http.service import Caller, CurrentService, ReadingSession
from sync.ids import DeviceId, OrgId
from sync.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Membership:
    """A device that is a member, not revoked, of the space that its association founded first."""

    device: DeviceId
    org: OrgId
    administers: bool


async def membership(device: Caller, service: CurrentService, session: ReadingSession) -> Membership:
    """Return the caller's membership, and let the session see what is its association's. Raises NotMember."""
    store = service.store(session)
    homes = await store.home_memberships(device)
    row = next((row for row in homes if row.roles or row.x_pk is not None), None)
    if row is None:
        raise NotMember
    member = Membership(device, OrgId(row.org), bool(row.roles & ROLE_ADMIN))
    await store.enter(Scope(device=device, org=member.org))
    return member


CurrentMember = Annotated[Membership, Depends(membership)]


async def administrator(member: CurrentMember) -> Membership:
    """Return the caller's membership if it administers its association. Raises RoleMissing."""
    if not member.administers:
        raise RoleMissing
    return member


Administrator = Annotated[Membership, Depends(administrator)]
