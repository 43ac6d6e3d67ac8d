"""Every attack, in the order of the documents."""

from functools import cache

from tests.security.attacks import administrator, ghosts, histories, member, pushed, server
from tests.security.attacks.attack import Attack


@cache
def attacks() -> tuple[Attack, ...]:
    """Return them all, made once."""
    files = (server, ghosts, histories, member, administrator, pushed)
    return tuple(attack for file in files for attack in file.attacks())
