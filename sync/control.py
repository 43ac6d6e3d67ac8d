"""The bodies of control ops: members, epochs, erasures and rules, in clear where other ops are sealed.

| kind   | body |
|--------|------|
| member | [1, device, ed_pk, x_pk or nil, roles, org, worker or nil, wrap or nil] |
| xkey   | [1, x_pk] |
| epoch  | [1, n, commit, prev or nil, [[device, wrap]…]] |
| erase  | [1, [entity…]] |
| rules  | [1, version] |

Here a body is judged by itself; `members` judges it by the log before it.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from sync.codec import Codec, NotCanonical, encode
from sync.ids import (
    INT_MAX,
    Sealed,
    SpaceId,
    WireDeviceId,
    WireDigest,
    WireEntityId,
    WireKey,
    WireOrgId,
    WireWorkerId,
)
from sync.keys import PREV_BYTES, WRAP_BYTES, device_id, is_sound_ed_pk, is_sound_x_pk
from sync.limits import ERASE_ENTITIES_MAX, MEMBERS_MAX
from sync.op import is_ascending

ROLE_WRITE: Final = 1
ROLE_ADMIN: Final = 2
ROLE_ERASE: Final = 4

WireWrap = Annotated[bytes, Meta(min_length=WRAP_BYTES, max_length=WRAP_BYTES)]
WirePrev = Annotated[bytes, Meta(min_length=PREV_BYTES, max_length=PREV_BYTES)]


class MemberBody(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """A device's place in the space: keys, roles (1 write + 2 admin + 4 erase), association, worker, wrap."""

    device: WireDeviceId
    ed_pk: WireKey
    x_pk: WireKey | None
    roles: Annotated[int, Meta(ge=0, le=7)]
    org: WireOrgId
    worker: WireWorkerId | None
    wrap: WireWrap | None

    @property
    def revokes(self) -> bool:
        """Whether the device is a member no longer from here on; any other member op lets it in."""
        return self.roles == 0 and self.x_pk is None


class XkeyBody(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """A device proposes a new box key for itself."""

    x_pk: WireKey


class EpochBody(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """A new key generation, wrapped for every keyed member, ascending by device."""

    n: Annotated[int, Meta(ge=1, lt=2**32)]
    commit: WireDigest
    prev: WirePrev | None
    wraps: Annotated[tuple[tuple[WireDeviceId, WireWrap], ...], Meta(max_length=MEMBERS_MAX)]


class EraseBody(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """Entities of which every op is erased, ascending."""

    entities: Annotated[tuple[WireEntityId, ...], Meta(min_length=1, max_length=ERASE_ENTITIES_MAX)]


class RulesBody(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """The version of the ruleset in force from here on."""

    version: Annotated[int, Meta(ge=1, le=INT_MAX)]


Body = MemberBody | XkeyBody | EpochBody | EraseBody | RulesBody

_shapes: Final[dict[str, type[Body]]] = {
    "member": MemberBody,
    "xkey": XkeyBody,
    "epoch": EpochBody,
    "erase": EraseBody,
    "rules": RulesBody,
}
_codecs: Final = {kind: Codec[Body](shape) for kind, shape in _shapes.items()}
_kinds: Final = {shape: kind for kind, shape in _shapes.items()}


class ControlFault(ValueError):
    """The body breaks a rule that needs no log; `name` is the member at fault."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The control body is refused for its {name}.")
        self.name = name


def kind_of(body: Body) -> str:
    """Return the kind of a control op with this body."""
    return _kinds[type(body)]


def encode_body(body: Body) -> Sealed:
    """Return the body's bytes, which stand in clear where other ops are sealed."""
    return Sealed(encode(body))


def decode_body(kind: str, data: Sealed, space: SpaceId) -> Body:
    """Return the body of a control op of this kind and space. Raises ControlFault."""
    try:
        body = _codecs[kind].decode(data)
    except NotCanonical as error:
        raise ControlFault("encoding") from error
    fault = _fault(body, space)
    if fault is not None:
        raise ControlFault(fault)
    return body


def _fault(body: Body, space: SpaceId) -> str | None:
    match body:
        case MemberBody():
            return _member_fault(body)
        case XkeyBody():
            return None if is_sound_x_pk(body.x_pk) else "x_pk"
        case EpochBody():
            devices = [device for device, _ in body.wraps]
            return "prev" if (body.prev is None) != (body.n == 1) else None if is_ascending(devices) else "wraps"
        case EraseBody():
            entities = [bytes(entity) for entity in body.entities]
            return None if is_ascending(entities) and space not in entities else "entities"
        case RulesBody():
            return None


def _member_fault(body: MemberBody) -> str | None:
    if not is_sound_ed_pk(body.ed_pk):
        return "ed_pk"
    if device_id(body.ed_pk) != body.device:
        return "device"
    if body.x_pk is None:
        return None if body.wrap is None else "wrap"
    return None if is_sound_x_pk(body.x_pk) else "x_pk"
