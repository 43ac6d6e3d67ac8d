"""The controls of the search for sealed words: one word written plainly in each place where it looks."""

import gzip
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import cramjam
from playwright.sync_api import Page

IN_DATABASE = "Canari dans la base posé"
IN_WAL = "Canari au journal posé"
IN_LOG = "Canari aux traces posé"
IN_RECORD = "Canari en fiche posé"
IN_PACKED_RECORD = "Canari en fiche tassée posé"
IN_FILE = "Canari en fichier posé"
IN_TABLE = "Canari en table posé"
IN_LOCAL_STORAGE = "Canari rangé par nom posé"
IN_OFFLINE_COPY = "Canari en copie posé"
IN_TITLE = "Canari en titre posé"
IN_CONTROL = "Canari tapé et laissé"
IN_CACHE = {"identity": "Canari tel quel posé", "gzip": "Canari comprimé posé", "br": "Canari autrement posé"}

_SCRIPT = """async ([last, packed, file, repeated]) => {
  const opening = indexedDB.open('control', 1);
  opening.onupgradeneeded = () => {
    for (const name of ['noise', 'words']) opening.result.createObjectStore(name, { autoIncrement: true });
  };
  const database = await new Promise((resolve) => { opening.onsuccess = () => resolve(opening.result); });
  const noise = (bytes) => {
    const random = new Uint8Array(bytes);
    for (let at = 0; at < bytes; at += 50_000) crypto.getRandomValues(random.subarray(at, at + 50_000));
    return random;
  };
  const write = (name, values) => new Promise((resolve) => {
    const writing = database.transaction(name, 'readwrite', { durability: 'strict' });
    for (const value of values) writing.objectStore(name).add(value);
    writing.oncomplete = resolve;
  });
  await write('words', [packed + ' '.repeat(200_000), { word: file, noise: noise(200_000) }]);
  for (let turn = 0; turn < 30; turn += 1) {
    await write('words', Array.from({ length: 300 }, () => repeated));
    await write('noise', Array.from({ length: 10 }, () => noise(30_000)));
  }
  await write('words', [last]);
  database.close();
}"""


def plant_in_storage(page: Page) -> None:
    """Write in the app's own origin: a value by name, a copy, and so many records that the browser makes tables.

    One record is compressed by the browser, one is kept in a file of its own, one stands in every table so often that
    the table's own compression leaves it nowhere in one piece, and the last is in the log still.
    """
    page.evaluate("(word) => localStorage.setItem('control', word)", IN_LOCAL_STORAGE)
    copy = "async (word) => (await caches.open('control')).put('/control', new Response(word))"
    page.evaluate(copy, IN_OFFLINE_COPY)
    page.evaluate(_SCRIPT, [IN_RECORD, _in_pieces(IN_PACKED_RECORD), IN_FILE, _in_pieces(IN_TABLE)])


def plant_in_pages(page: Page) -> None:
    """Read pages that may be kept, as they are and compressed, with a title, and leave something typed in one."""
    with _control_server() as origin:
        for coding in IN_CACHE:
            page.goto(f"{origin}/{coding}")
        page.get_by_role("textbox").press_sequentially(IN_CONTROL)
        page.goto(f"{origin}/identity")


def plant_on_server(data: Path) -> sqlite3.Connection:
    """Write into the database, into its write-ahead log, which lasts as long as the connection, and into the log."""
    connection = sqlite3.connect(data / "escale.db", isolation_level=None)
    connection.execute("CREATE TABLE control_database (word TEXT)")
    connection.execute("CREATE TABLE control_log (word TEXT)")
    connection.execute("INSERT INTO control_database VALUES (?)", [IN_DATABASE])
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("INSERT INTO control_log VALUES (?)", [IN_WAL])
    with (data / "escale.log").open("a") as log:
        log.write(f"{IN_LOG}\n")
    return connection


def _in_pieces(word: str) -> str:
    """Return a word after its two halves, from which a compression puts it together."""
    half = len(word) // 2
    return f"{word[:half]}. {word[half:]}. {word}"


class _Control(BaseHTTPRequestHandler):
    """Answers `/gzip` and the like with a page of that coding."""

    def do_GET(self) -> None:
        coding = self.path.strip("/")
        if coding not in IN_CACHE:
            self.send_error(404)
            return
        head = f"<!doctype html><meta charset=utf-8><title>{IN_TITLE}</title>"
        page = f"{head}<textarea></textarea><p>{_in_pieces(IN_CACHE[coding])}".encode()
        undone = {"gzip": gzip.compress, "br": lambda data: bytes(cramjam.brotli.compress(data))}
        body = undone.get(coding, bytes)(page)
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-encoding", coding)
        self.send_header("content-length", str(len(body)))
        self.send_header("cache-control", "max-age=86400")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _control_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Control) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
