"""Public keys that give everybody the same secret are refused."""

import pytest

from sync.keys import is_sound_ed_pk, is_sound_x_pk, verifies
from tests.engine_kit import AWA

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    """Return the sum of two points of the Edwards curve."""
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def is_small(y: int) -> bool:
    """Tell whether a point with this y has an order that divides 8."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square:
        return False
    point: Point = (x, y)
    for _ in range(3):
        point = add(point, point)
    return point == (0, 1)


ED_SMALL = [
    0,
    1,
    P - 1,
    0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
]


@pytest.mark.parametrize("y", ED_SMALL)
def test_a_small_order_signing_key_is_refused_in_each_of_its_encodings(y: int) -> None:
    """The top bit is the sign of x, and a value may stand unreduced: both are taken off before comparing."""
    assert is_small(y)
    encodings = [y, y | 1 << 255] + ([y + P, (y + P) | 1 << 255] if y + P < 2**255 else [])
    assert not any(is_sound_ed_pk(encoding.to_bytes(32, "little")) for encoding in encodings)


@pytest.mark.parametrize("y", ED_SMALL)
def test_a_small_order_box_key_is_refused_in_each_of_its_encodings(y: int) -> None:
    """u = (1 + y) / (1 - y) maps the curve's points; the top bit is ignored, and a value may stand unreduced."""
    u = (1 + y) * pow(1 - y, -1, P) % P if y != 1 else 0
    encodings = [u, u | 1 << 255] + ([u + P] if u + P < 2**255 else [])
    assert not any(is_sound_x_pk(encoding.to_bytes(32, "little")) for encoding in encodings)


def test_the_box_keys_of_the_twist_are_refused_too() -> None:
    """u = -1 lies on the twist and has a small order there."""
    assert not is_sound_x_pk((P - 1).to_bytes(32, "little"))
    assert not is_sound_x_pk((1).to_bytes(32, "little"))


def test_a_device_s_keys_are_sound_and_a_cut_key_is_not() -> None:
    """What a device draws passes; another length does not."""
    assert AWA.box is not None
    assert is_sound_ed_pk(AWA.signing.public)
    assert is_sound_x_pk(AWA.box.public)
    assert not is_sound_ed_pk(AWA.signing.public[:31])
    assert not is_sound_x_pk(AWA.box.public + b"\0")


def test_a_key_or_signature_of_another_length_does_not_verify() -> None:
    """It is answered, not raised."""
    signature = AWA.signing.sign(b"m")
    assert verifies(AWA.signing.public, b"m", signature)
    assert not verifies(AWA.signing.public[:31], b"m", signature)
    assert not verifies(AWA.signing.public, b"m", signature[:63])
