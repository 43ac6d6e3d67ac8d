"""Every attack, in the order of the documents."""

from functools import cache

from tests.security.attacks import ghosts, histories, member, server
from tests.security.attacks.attack import Attack


@cache
def attacks() -> tuple[Attack, ...]:
    """Return them all, made once."""
    return (*server.attacks(), *ghosts.attacks(), *histories.attacks(), *member.attacks())
