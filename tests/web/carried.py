"""What two people do to let a device in without a link: show, film, copy and paste its request and the answer."""

import base64
import secrets
import sqlite3
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from server.settings import DATABASE
from sync.enrolment import Code1, decode_code1, encode_code
from sync.keys import BoxKey, SigningKey
from sync.secret import Secret
from tests.web import office
from tests.web.browsing import FLAGS

WIDTH, HEIGHT = 640, 480
GREY, NO_COLOUR = b"\x80", b"\x80"

_LUMA = """async ({ png, width, height }) => {
  const bytes = Uint8Array.from(atob(png), (sign) => sign.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const drawing = new OffscreenCanvas(width, height).getContext('2d');
  drawing.fillStyle = '#808080';
  drawing.fillRect(0, 0, width, height);
  const side = height - 40;
  drawing.drawImage(picture, (width - side) / 2, 20, side, side);
  const { data } = drawing.getImageData(0, 0, width, height);
  let luma = '';
  for (let at = 0; at < data.length; at += 4) luma += String.fromCharCode(data[at + 1]);
  return btoa(luma);
}"""

FOLLOW_CAMERA = """
  const asked = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  window.streams = [];
  if (asked) navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await asked(wanted);
    window.streams.push(stream);
    return stream;
  };
"""


class CameraFile:
    """A camera that sees what `point_at` last showed it, and a grey wall before that."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._see(GREY * (WIDTH * HEIGHT))

    @property
    def args(self) -> list[str]:
        """How the browser is started that has this camera, and lets the app use it."""
        fake = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={self.path}"]
        return [*FLAGS, *fake, "--use-fake-ui-for-media-stream"]

    def point_at(self, page: Page) -> None:
        """Hold the camera before the one QR code on a screen."""
        png = base64.b64encode(page.get_by_role("img").screenshot()).decode()
        luma = page.evaluate(_LUMA, {"png": png, "width": WIDTH, "height": HEIGHT})
        self._see(base64.b64decode(luma))

    def _see(self, luma: bytes) -> None:
        """Write YUV4MPEG2: one frame in half resolution of colours, of which there are none."""
        colours = NO_COLOUR * (WIDTH * HEIGHT // 2)
        head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420\n".encode()
        self.path.write_bytes(head + b"FRAME\n" + luma + colours)


def show_request(tablet: Page) -> str:
    """Show the request of a device that has joined nothing; return its text."""
    tablet.get_by_role("button", name="Montrer ma demande").click()
    tablet.get_by_role("img", name="Demande d’entrée de cet appareil").wait_for()
    return tablet.get_by_label("Demande d’entrée de cet appareil").last.input_value()


def card_of(desk: Page, name: str) -> Locator:
    return desk.get_by_role("group", name=f"Invitation de {name}")


def answer_of(desk: Page, name: str) -> str:
    """Return the text of the answer that the administrator's screen shows for a device of this worker."""
    card = card_of(desk, name)
    card.get_by_role("img", name=f"Réponse à l’appareil de {name}").wait_for()
    return card.get_by_label(f"Réponse à l’appareil de {name}").last.input_value()


def paste(page: Page, text: str) -> None:
    page.get_by_label("Collez le texte ici").fill(text)
    page.get_by_role("button", name="Lire le texte").click()


def paste_request(desk: Page, name: str, request: str) -> str:
    """Add a device of this worker by its pasted request; return the answer."""
    office.add_device(desk, name)
    paste(desk, request)
    expect(desk.get_by_role("dialog")).to_have_count(0)
    return answer_of(desk, name)


def camera_is_off(page: Page) -> bool:
    """Tell whether every stream that was opened has ended, of one at least."""
    states: list[str] = page.evaluate("streams.flatMap((one) => one.getTracks().map(({ readyState }) => readyState))")
    return set(states) == {"ended"}


def some_request(nonce: bytes | None = None) -> str:
    """Return the request of some device, with a nonce of its own or this one."""
    signing, box = SigningKey(Secret(secrets.token_bytes(32))), BoxKey(Secret(secrets.token_bytes(32)))
    return encode_code(Code1(signing.public, box.public, nonce or secrets.token_bytes(16)))


def swapped(request: str) -> str:
    """Return what Mallory puts in the place of a request: keys of her own, and the nonce of its device."""
    return some_request(decode_code1(request).nonce)


def members(data: Path) -> int:
    """Return how many devices the server knows as members."""
    with sqlite3.connect(data / DATABASE) as database:
        ((count,),) = database.execute("SELECT count(*) FROM member").fetchall()
    return int(count)
