"""What an honest server answers to a push that is an attack, by the engine's own rules."""

from sync.errors import Refusal
from tests.engine_kit import ModelServer
from tests.security.attacks.attack import Attack


def answer(attack: Attack) -> dict[str, object] | None:
    """Return the members of its problem that a client reads; None for an attack that is never pushed."""
    if attack.push is None:
        return None
    server = ModelServer()
    for now_ms, data in attack.prelude:
        server.now_ms = now_ms - 1000
        server.push(data)
    try:
        server.push(attack.push)
    except Refusal as refusal:
        return {"code": refusal.code, **refusal.details}
    raise AssertionError(attack.name)
