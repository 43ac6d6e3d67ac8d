"""A slower machine: a process tree that runs only part of the time, workers and cryptography included."""

import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CYCLE_S = 0.008
"""Shorter than a frame, so that what takes a frame is slowed like what takes a second."""
LOOK_EVERY_S = 0.25
"""How long a new process of the browser, or another browser, may run unslowed."""


def started_with(word: str) -> list[int]:
    """Return the processes whose command holds a word."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if word in (folder / "cmdline").read_text() and folder.name != str(os.getpid()):
                found.append(int(folder.name))
    return found


def tree_of(pids: Iterable[int]) -> set[int]:
    """Return processes and all that they have started."""
    found = set(pids)
    for pid in list(found):
        for task in Path(f"/proc/{pid}/task").glob("*"):
            with suppress(OSError):
                found |= tree_of(map(int, (task / "children").read_text().split()))
    return found


@contextmanager
def slowed(word: str, times: float) -> Iterator[None]:
    """Let a browser run one part in `times` of the time while the block lasts."""
    if times <= 1:
        yield
        return
    ended = threading.Event()
    thread = threading.Thread(target=_duty, args=(word, times, ended))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _duty(word: str, times: float, ended: threading.Event) -> None:
    """One cycle after another: each stop is as long as the run before it asks for, however late this thread woke."""
    pids: set[int] = set()
    ran_s, looked = CYCLE_S / times, 0.0
    while not ended.is_set():
        stopped = time.monotonic()
        _send(pids, signal.SIGSTOP)
        if stopped - looked > LOOK_EVERY_S:
            pids, looked = tree_of(started_with(word)), stopped
            _send(pids, signal.SIGSTOP)
        time.sleep(max(0, stopped + ran_s * (times - 1) - time.monotonic()))
        went_on = time.monotonic()
        _send(pids, signal.SIGCONT)
        time.sleep(CYCLE_S / times)
        ran_s = time.monotonic() - went_on
    _send(pids, signal.SIGCONT)


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
