"""The load: devices that speak HTTP over loopback at once, each on a connection of its own."""

import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.world import SPACE

DEVICES = 4


class Line:
    """One device's connection, kept open; every answer but 200 is a failure of the benchmark."""

    def __init__(self, port: int, token: str = "") -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.http.connect()
        self.headers = {"content-type": "application/msgpack", "authorization": f"Bearer {token}"}

    def push(self, body: bytes) -> bytes:
        """Return the receipt."""
        return self._ask("POST", "push", body)

    def page(self, after: int) -> bytes:
        """Return the page after a cursor, of the size a tablet asks for."""
        return self._ask("GET", f"ops?after={after}")

    def live_page(self, at: int, after: int) -> bytes:
        """Return the page after a cursor of what is live at another, of the size a tablet asks for."""
        return self._ask("GET", f"bootstrap?at={at}&after={after}")

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        try:
            answer = self._answer(method, path, body)
        except (http.client.RemoteDisconnected, ConnectionError):  # the server closes a line that was idle for long
            self.http.close()
            answer = self._answer(method, path, body)
        content = answer.read()
        assert answer.status == 200, content
        return content

    def _answer(self, method: str, path: str, body: bytes | None) -> http.client.HTTPResponse:
        self.http.request(method, f"/v1/spaces/{SPACE.hex()}/{path}", body, self.headers)
        return self.http.getresponse()


def at_once(work: Callable[[int], object], devices: int = DEVICES) -> float:
    """Do the work of every device at once and return the seconds until the last is done."""
    with ThreadPoolExecutor(devices) as pool:
        started = time.perf_counter()
        for done in [pool.submit(work, device) for device in range(devices)]:
            done.result()
        return time.perf_counter() - started


def seconds_of(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
