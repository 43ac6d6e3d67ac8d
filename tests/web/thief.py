"""What a thief finds who takes the server's disk and both browsers' profiles, each as a kill -9 left it."""

import re
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

from playwright.sync_api import BrowserContext, Page

from tests.security.canaries import forms, leaks
from tests.security.opened import opened
from tests.web import planted, steps

ON_THE_SERVER = {
    planted.IN_DATABASE: "escale.db",
    planted.IN_WAL: "escale.db-wal",
    planted.IN_LOG: "escale.log",
}
IN_A_BROWSER = {
    planted.IN_RECORD: "Default/IndexedDB/*.leveldb/*.log",
    planted.IN_PACKED_RECORD: "Default/IndexedDB/*.leveldb/*.l*",
    planted.IN_TABLE: "Default/IndexedDB/*.leveldb/*.ldb",
    planted.IN_FILE: "Default/IndexedDB/*.blob/*/*/*",
    planted.IN_LOCAL_STORAGE: "Default/Local Storage/leveldb/*.l*",
    planted.IN_OFFLINE_COPY: "Default/Service Worker/CacheStorage/*/*/*_0",
    planted.IN_TITLE: "Default/History",
    planted.IN_CONTROL: "Default/Sessions/*",
    **dict.fromkeys(planted.IN_CACHE.values(), "Default/Cache/Cache_Data/*_0"),
}
"""Every place that is searched, by the word that is planted in it as a control."""

_NAMES = """async () => {
  const names = [document.title, location.hash, ...Object.keys(localStorage), ...Object.keys(sessionStorage)];
  for (const cache of await caches.keys()) {
    const requests = await (await caches.open(cache)).keys();
    names.push(cache, ...requests.map(({ url }) => new URL(url).pathname));
  }
  for (const { name } of await indexedDB.databases()) {
    const opening = indexedDB.open(name);
    const database = await new Promise((resolve) => { opening.onsuccess = () => resolve(opening.result); });
    for (const store of database.objectStoreNames) {
      const reading = database.transaction(store).objectStore(store).getAllKeys();
      const keys = await new Promise((resolve) => { reading.onsuccess = () => resolve(reading.result); });
      names.push(name, store, ...keys.map(String));
    }
    database.close();
  }
  return names;
}"""
_TITLE = "Escale"
_HASH = r"#/[a-z]+(/[0-9a-f]{16}|/[0-9a-f]{32}([0-9a-f]{32})?)?"  # of a draft, an entity, an op
_OF_THE_STORE = (
    r"escale|browser|keys|label|log|lost|sealed|seen|vault|directory|outbox|tail|proof|recovery|drafts?(/[0-9a-f]+)?|\d+"
    r"|health(/(tail|lost|retired)|,\d+)?"
)
_LISTEN = """() => {
  const decrypt = crypto.subtle.decrypt.bind(crypto.subtle);
  globalThis.opened = [];
  crypto.subtle.decrypt = async (...asked) => {
    const clear = await decrypt(...asked);
    opened.push(Array.from(new Uint8Array(clear)));
    return clear;
  };
}"""
_OF_THE_COPY = r"escale-app-[0-9a-f]{16}|/|/(assets|icons)/[\w.-]+|/manifest\.webmanifest"
_NAME = re.compile("|".join((_TITLE, _HASH, _OF_THE_STORE, _OF_THE_COPY)))
_VISIT = re.compile(rf"http://localhost:\d+/({_HASH}|#join=[A-Za-z0-9_-]+)?")


def finds_no_name_that_is_personal(page: Page) -> None:
    """Reads the title, the address, and every name under which the page keeps something."""
    names = page.evaluate(_NAMES)
    assert {"Escale", "escale", "sealed", "vault"} <= set(names)
    assert [name for name in names if not _NAME.fullmatch(name)] == []


def finds_no_visit_that_is_personal(profile: Path) -> None:
    """Reads the browser's own history: one title, and addresses of opaque ids."""
    with closing(connect(f"file:{profile / 'Default' / 'History'}?immutable=1", uri=True)) as history:
        visits = history.execute("SELECT url, title FROM urls").fetchall()
    assert visits
    assert [visit for visit in visits if not _VISIT.fullmatch(visit[0]) or visit[1] != _TITLE] == []


def looks_everywhere(stolen: Path) -> None:
    """Every place is really there, with something in it."""
    for pattern in ON_THE_SERVER.values():
        assert (stolen / "data" / pattern).stat().st_size > 1_000, pattern
    for profile in ("tablet", "office"):
        for word, pattern in IN_A_BROWSER.items():
            if word is not planted.IN_TABLE:  # so little was written that there is no table yet
                paths = list((stolen / "profiles" / profile).glob(pattern))
                assert max(sum(map(len, opened(path))) for path in paths) > 20, pattern


def finds_what_was_planted_on_the_server(data: Path) -> None:
    """The control: the same search finds a word written plainly in each place."""
    with closing(planted.plant_on_server(data)):
        assert leaks(ON_THE_SERVER, data) == list(ON_THE_SERVER.items())


def finds_what_was_planted_in_a_browser(context: BrowserContext, origin: str, profile: Path) -> None:
    """The control: the same, and what the browser compressed is found where its bytes alone do not show it."""
    page = context.pages[0]
    page.goto(origin)
    page.get_by_text("Code de").wait_for()
    planted.plant_in_storage(page)
    planted.plant_in_pages(page)
    context.close()  # what was typed in it is written then, at the latest
    assert [place for word, place in IN_A_BROWSER.items() if not _paths(profile, word)] == []
    for word in (planted.IN_PACKED_RECORD, planted.IN_TABLE, planted.IN_CACHE["gzip"], planted.IN_CACHE["br"]):
        assert [path for path in _paths(profile, word) if not _shows(word, path)] != []


def _paths(profile: Path, word: str) -> list[Path]:
    """Return the files of a word's own place in which the search finds it."""
    found = leaks([word], profile, IN_A_BROWSER[word])
    return [profile / path for _, path in found]


def _shows(word: str, path: Path) -> bool:
    content = path.read_bytes()
    return any(form in content for form in forms(word))


def opens_with_the_code(page: Page, origin: str) -> bytes:
    """Return all that the app opens on a profile for whoever knows its code: every record, and what it holds."""
    page.goto(origin)
    page.get_by_text("Code de").wait_for()
    (data_worker,) = page.workers
    data_worker.evaluate(_LISTEN)
    steps.take_up(page)
    page.get_by_role("link", name="Personnes", exact=True).click()
    page.get_by_role("heading", name=re.compile(r"^\d+ personnes?$")).wait_for()
    return b"\n".join(bytes(clear) for clear in data_worker.evaluate("() => opened"))
