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
    """One cycle after another; the browser is found again when it was closed and opened."""
    roots: list[int] = []
    while not ended.is_set():
        roots = [pid for pid in roots if Path(f"/proc/{pid}").exists()] or started_with(word)
        began = time.monotonic()
        pids = tree_of(roots)
        _send(pids, signal.SIGSTOP)
        time.sleep(CYCLE_S * (1 - 1 / times))
        _send(pids, signal.SIGCONT)
        time.sleep(max(0, began + CYCLE_S - time.monotonic()))


def _send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
