"""Every attack, in the order of the documents."""

from functools import cache

from tests.security.attacks import member, server
from tests.security.attacks.attack import Attack


@cache
def attacks() -> tuple[Attack, ...]:
    """Return them all, made once."""
    return (*server.attacks(), *member.attacks())
