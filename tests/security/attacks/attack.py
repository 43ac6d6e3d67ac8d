"""An attack as data: what somebody wants, what a victim meets, how that ends, and which controls make it so."""

from collections.abc import Mapping
from dataclasses import dataclass

Step = tuple[str, bytes | int]
"""What a victim meets, in order.

begin: it begins anew at a checkpoint, of which it knows the cursor (8 bytes) and cp; page, start, proof: a server's
answers; receipt: the answer to what it pushes; back: the server has lost its log after this cursor.
"""

Refused = Mapping[str, str]
"""How an attack ends: one kind, and its stable name.

integrity: the pull stops for this `Reason`; void: the op has no effect for this `Void`; waits: it does not open;
alarm: it is told to people; kept: what the server says to have is kept all the same; ignored: it changes nothing; code:
an honest server refuses the push, and nothing else stands against it. Of an enrolment, code: what was carried is not
taken; letters: they differ.
"""

Wish = tuple[str | int, ...]
"""Something that a victim shows or holds: see `wishes`."""


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack.

    Attributes:
        threat: T5, a server, or T10, a member's device and a server in league with it.
        says: in one sentence, what they want.
        victim: the replica that meets it, by name.
        steps: what it meets.
        refused: how that ends.
        wanted: what the victim would show; all of it together, and only without the controls.
        controls: the checks that stand against it, the first one first.
        lines: how it ends without the first control, without the first two, and so on, while others still stand.
        then: what an honest server sends afterwards.
        shows: what every honest replica shows in the end.
        begins: for what stays in the log, what a device meets that begins after it.
        prelude: for what a member pushes, what was pushed before, with the server's clock.
        push: that push, if an honest server refuses it.
        code: the code of that refusal.
    """

    name: str
    threat: str
    says: str
    victim: str
    steps: tuple[Step, ...]
    refused: Refused
    wanted: tuple[Wish, ...]
    controls: tuple[str, ...]
    then: tuple[Step, ...]
    shows: bytes
    lines: tuple[Refused, ...] = ()
    begins: tuple[Step, ...] = ()
    prelude: tuple[tuple[int, bytes], ...] = ()
    push: bytes | None = None
    code: str | None = None
