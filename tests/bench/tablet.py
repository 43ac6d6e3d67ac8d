"""The tablet's figures: the built app in a real browser, before a server that holds N records of a real mix.

Each figure stands beside its floor, taken in the same page of the same run; everything that is timed is asserted.

- `bootstrap_s`: from the chosen code to the list of people, every record pulled, checked and opened.
  Floor: the same pages by a bare fetch.
- `pull`, `push`: ops a second, the device's side included; an op is pushed when it has come back from the log.
  Floor: the same bytes fetched, as many ops posted, by a bare fetch.
- `search_p95_ms`: from what is typed to the list laid out. Floor: one indexOf over the same names in one text.
- `save_p95_ms`: from the call to its answer, which is durable; `save_shown_p95_ms`: until the screen shows it.
  Floor: one transaction of the same bytes with strict durability.
- `start_offline_ms`: from navigation to the lock screen, and from the code to the list of people, without the code's
  own hash and without a server. Floor: reading and decrypting the bytes of the same store.
- `code_ms`: that hash, as a wrong code is refused. It has no floor: its cost is its purpose.
- `memory_mb`: the renderers after `gc()`, beyond the app before it joined. Floor: the clear bytes.

`--slow 4` lets the browser run a quarter of the time, workers and cryptography included.
"""

import argparse
import base64
import json
import math
import os
import random
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright

from tests.bench.figures import Figure, said
from tests.bench.office import Office, founded
from tests.bench.served import UNLIMITED
from tests.bench.slow import slowed, started_with, tree_of
from tests.web.browsing import FLAGS
from tests.web.server import Server

PROBE = Path(__file__).with_name("probe.js").read_text()
CODE, WRONG_CODE = "251425", "251426"
WAIT_S = 1_800
PULL_OPS = 1_000
SEARCHES = 40
KIB_PER_MB = 1_000_000 / 1024
NOTE = "Fatiguée, veut qu’on repasse demain, attend un courrier à la domiciliation."


def p95(values: Sequence[float]) -> float:
    """Return the least value that 95 of 100 do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


@dataclass
class Tablet:
    """One browser profile on the built app."""

    playwright: Playwright
    profile: Path
    origin: str
    context: BrowserContext = field(init=False)
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.context = self.playwright.chromium.launch_persistent_context(
            self.profile,
            executable_path=shutil.which("chromium"),
            args=[*FLAGS, "--js-flags=--expose-gc"],
            viewport={"width": 800, "height": 1280},
            locale="fr-FR",
        )
        self.context.set_default_timeout(WAIT_S * 1000)
        self.context.add_init_script(PROBE)
        self.page = self.context.pages[0]

    def close(self) -> None:
        self.context.close()

    def bench(self, call: str, *words: Any) -> Any:
        """Call a function of the probe in the page."""
        return self.page.evaluate(f"words => bench.{call}(...words)", list(words))

    def ask(self, name: str, asked: Any = None) -> Any:
        call = self.bench("ask", name, asked)
        assert call["problem"] is None, call
        return call["answer"]

    def go(self, route: str) -> None:
        self.page.evaluate("route => { location.hash = route }", f"#/{route}")
        self.bench("settled")

    def join(self, office: Office) -> None:
        """Join behind Awa's link, up to the chosen code."""
        self.page.goto("about:blank")
        self.page.goto(office.link())
        same = self.page.get_by_role("button", name="Les mêmes lettres")
        deadline = time.monotonic() + WAIT_S
        while not same.count() and time.monotonic() < deadline:
            office.answer_join()
        same.click()
        self.page.get_by_role("heading", name="Choisissez un code").wait_for()
        self._type(CODE)
        self.page.get_by_role("heading", name="Le même code, encore une fois").wait_for()
        self._type(CODE)

    def unlock(self, code: str) -> None:
        self.page.get_by_text("Code de").wait_for()
        self._type(code)

    def _type(self, code: str) -> None:
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def memory_mb(self) -> float:
        """Return the memory of the renderers, page and workers, once nothing unreachable is left in them."""
        self.page.evaluate("gc()")
        for worker in self.page.workers:
            worker.evaluate("gc()")
        return sum(map(_own_mb, self._renderers()))

    def slowing(self) -> float:
        """Return how long the page takes for a second of a processor's work: more than asked on a busy machine."""
        before = sum(map(_processor_ms, self._renderers()))
        passed_ms: float = self.bench("spin")
        return passed_ms / (sum(map(_processor_ms, self._renderers())) - before)

    def _renderers(self) -> list[Path]:
        processes = [Path(f"/proc/{pid}") for pid in tree_of(started_with(str(self.profile)))]
        return [process for process in processes if b"--type=renderer" in (process / "cmdline").read_bytes()]


def _processor_ms(process: Path) -> float:
    user, system = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")


def _own_mb(process: Path) -> float:
    found = re.search(r"^Pss:\s+(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / KIB_PER_MB


@dataclass
class Bench:
    """One tablet, the server it joins, and the office that has filled it."""

    server: Server
    office: Office
    tablet: Tablet
    samples: int
    figures: list[Figure] = field(default_factory=list)
    rng: random.Random = field(default_factory=lambda: random.Random(1))

    def say(self, name: str, value: float, unit: str, floor: float, beside: str = "") -> None:
        self.figures.append(said(name, value, unit, floor, beside))

    def run(self) -> None:
        self.bootstrap()
        self.pull()
        self.search()
        rows = self.save()
        self.push(rows)
        self.start()

    # ── First load, and the pull ──

    def bootstrap(self) -> None:
        tablet, office = self.tablet, self.office
        tablet.page.goto(f"{tablet.origin}/#/people")
        tablet.page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
        before_mb = tablet.memory_mb()
        tablet.join(office)
        self._show_people()
        loaded = tablet.bench("since", "join.finish")
        self._assert_everybody(loaded)
        floor = self._fetch(0)
        self.say("bootstrap_s", loaded["ms"] / 1000, "s", floor["ms"] / 1000, f", {office.pushed} ops")
        used_mb = tablet.memory_mb() - before_mb
        self.say("memory_mb", used_mb, "MB", office.clear_bytes / 1_000_000, f", {before_mb:.1f} MB before")

    def _show_people(self) -> None:
        """Show the list of people as soon as the rooms open."""
        self.tablet.page.get_by_role("button", name="Verrouiller").wait_for()
        self.tablet.page.evaluate("location.hash = '#/people'")

    def _assert_everybody(self, listed: Any) -> None:
        people = sum(1 for _ in self.office.people())
        assert (listed["total"], listed["tiles"]) == (people, people), (listed, people)

    def _fetch(self, after: int) -> Any:
        space = self.office.device.replica.space.hex()
        starts = self.office.pages(after)
        addresses = [f"/v1/spaces/{space}/ops?after={start}" for start in starts]
        return self.tablet.bench("floorPull", addresses, self.office.token())

    def pull(self) -> None:
        before = self.office.pushed
        self.office.load(PULL_OPS)
        call = self.tablet.bench("ask", "sync.now", None)
        assert call["problem"] is None
        self.tablet.bench("settled")
        self._assert_everybody(self.tablet.bench("listed"))
        floor = self._fetch(before)
        ms = call["end"] - call["start"]
        self.say("pull", PULL_OPS / ms * 1000, "ops/s", PULL_OPS / floor["ms"] * 1000, f", {floor['bytes']} B")

    # ── Search ──

    def search(self) -> None:
        self.tablet.go("people")
        names = [alias.lower() for alias in self.office.aliases]
        times, floors, shown = [], [], []
        for query in dict.fromkeys(self._typed(name) for name in self.rng.choices(names, k=SEARCHES)):
            found = self.tablet.bench("search", query)
            assert 0 < found["found"] == found["tiles"], (query, found)
            times.append(found["ms"])
            shown.append(found["found"])
            floors.append(self.tablet.bench("floorSearch", names, query)["ms"])
        beside = f", median {statistics.median(times):.1f}, {statistics.median(shown):g} found"
        self.say("search_p95_ms", p95(times), "ms", p95(floors), beside)
        self.tablet.bench("search", "")

    def _typed(self, name: str) -> str:
        """Return what somebody types of a name: its beginning, or most of it with one letter wrong."""
        if self.rng.random() < 0.25:
            at = self.rng.randrange(1, 4)
            return f"{name[:at]}x{name[at + 1 :]}"
        return name[: self.rng.randint(2, 7)].strip()

    # ── Saving, and the push ──

    def save(self) -> list[str]:
        """Save encounters while the server does not answer; return their rows."""
        tablet = self.tablet
        people = [line["id"] for line in tablet.ask("view.people", {"query": ""})["people"]]
        [zone, *_] = tablet.ask("view.directory")["zones"]
        how: dict[str, Any] = {"type": "risk_reduction", "mode": "walk", "route": "", "bag": None, "loaded": {}}
        patrol = tablet.ask("patrol.open", {"zone": zone["id"], "crew": [self._me()], **how})["id"]
        tablet.ask("sync.now")
        tablet.go("patrol")
        self.server.hold()
        saved, floors = [], []
        for _ in range(self.samples):
            saved.append(tablet.bench("save", self._draft(patrol, self.rng.choice(people))))
            floors.append(tablet.bench("floorSave"))
        rows = [one["row"] for one in saved]
        waiting = {line["op"] for line in tablet.ask("view.unsent")}
        assert set(rows) <= waiting
        times, shown = [one["ms"] for one in saved], [one["shown"] for one in saved]
        self.say("save_p95_ms", p95(times), "ms", p95(floors), f", median {statistics.median(times):.1f}")
        self.say("save_shown_p95_ms", p95(shown), "ms", p95(floors), f", median {statistics.median(shown):.1f}")
        return rows

    def _me(self) -> str:
        me: str = self.tablet.ask("device.state")["me"]["id"]
        return me

    def _draft(self, patrol: str, person: str) -> dict[str, Any]:
        return {
            "patrol": patrol,
            "people": [{"id": person}],
            "zone": None,
            "anonymous": {"man": 1},
            "ages": {"25_34": 1},
            "items": [
                {"item": "crack_kit", "unit": "piece", "count": 1},
                {"item": "water", "unit": "piece", "count": 2},
            ],
            "needs": ["shelter"],
            "note": NOTE,
            "contact": {},
            "health": {},
            "referral": None,
            "drafts": None,
        }

    def push(self, rows: Sequence[str]) -> None:
        """Let the server answer again: what waits is pushed and comes back."""
        waiting = len(self.tablet.ask("view.unsent"))
        self.server.go_on()
        started = time.perf_counter()
        while self.tablet.ask("sync.now")["unsent"]:
            assert time.perf_counter() - started < WAIT_S
        seconds = time.perf_counter() - started
        assert all(self.office.has(row) for row in (rows[0], rows[-1]))
        floor_s = self._post(waiting)
        self.say("push", waiting / seconds, "ops/s", waiting / floor_s, f", {waiting} ops")

    def _post(self, ops: int) -> float:
        """Post as many ops of the office from the page; return the seconds."""
        total_ms = 0.0
        for body in self.office.segments(ops):
            address = f"/v1/spaces/{self.office.device.replica.space.hex()}/push"
            posted = self.tablet.bench("floorPush", address, base64.b64encode(body).decode())
            self.office.take(base64.b64decode(posted["receipt"]))
            total_ms += posted["ms"]
        return total_ms / 1000

    # ── Start ──

    def start(self) -> None:
        """Save one more with the server dead, close the browser, and open it again without a server."""
        tablet = self.tablet
        tablet.ask("sync.now")
        self.server.kill()
        patrol = tablet.ask("view.patrol")["patrol"]["id"]
        [person, *_] = tablet.ask("view.people", {"query": ""})["people"]
        row = tablet.bench("save", self._draft(patrol, person["id"]))["row"]
        total = tablet.ask("view.people", {"query": ""})["total"]
        tablet.close()
        tablet.open()
        tablet.page.goto(f"{tablet.origin}/#/people", wait_until="commit")
        tablet.page.get_by_text("Code de").wait_for()
        ready_ms = tablet.page.evaluate("bench.until(({name}) => name === 'device.state').then(({end}) => end)")
        tablet.unlock(WRONG_CODE)
        wrong = tablet.bench("refused", "vault.unlock")
        assert wrong["problem"] == "pin_wrong"
        tablet.page.evaluate("bench.laidOut()")
        tablet.unlock(CODE)
        opened = tablet.page.evaluate(
            "bench.until(({name, problem, end}) => name === 'vault.unlock' && !(end && problem))"
            ".then(({start}) => bench.listed().then((list) => ({ ...list, ms: list.end - start })))"
        )
        assert opened["total"] == opened["tiles"] == total, (opened, total)
        assert tablet.ask("view.encounter", {"row": row})["row"] == row
        floor = tablet.bench("floorStart")
        rest_ms = opened["ms"] - wrong["ms"]
        beside = f", lock screen {ready_ms:.0f}, then {rest_ms:.0f}, {floor['bytes']} B"
        self.say("start_offline_ms", ready_ms + rest_ms, "ms", floor["ms"], beside)
        self.say("code_ms", wrong["ms"], "ms", 0)


def measure(records: int, samples: int, times: float) -> list[Figure]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data = folder / "data"
        data.mkdir()
        vault = founded(data, os.environ | {"ESCALE_DATA": str(data), "DATABASE_URL": ""})
        os.environ.update(UNLIMITED)
        server = Server(data)
        server.start()
        stack.callback(server.kill)
        office = Office(vault, server.origin)
        stack.callback(office.close)
        office.load(max(records - office.pushed, 0))
        tablet = Tablet(stack.enter_context(sync_playwright()), folder / "profile", server.origin)
        stack.callback(tablet.close)
        bench = Bench(server, office, tablet, samples)
        tablet.page.goto(tablet.origin)
        stack.enter_context(slowed(str(tablet.profile), times))
        bench.say("slowing", tablet.slowing(), "x", times, f", {office.pushed} records")
        bench.run()
    return bench.figures


def main() -> None:
    words = argparse.ArgumentParser(prog="./dev bench tablet")
    words.add_argument("--records", type=int, default=10_000, help="ops in the log")
    words.add_argument("--samples", type=int, default=40, help="saves that are timed")
    words.add_argument("--slow", type=float, default=1, help="how many times slower the browser runs")
    args = words.parse_args()
    print(json.dumps([figure.row() for figure in measure(args.records, args.samples, args.slow)]))


if __name__ == "__main__":
    main()
