"""A slower machine: a process tree that runs only part of the time, workers and cryptography included."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CYCLE_S = 0.008
"""Shorter than a frame, so that what takes a frame is slowed like what takes a second."""
LOOK_EVERY_S = 0.25


def tree_of(word: str) -> list[int]:
    """Return the processes whose command holds a word, and all that they have started."""
    parents: dict[int, int] = {}
    found: set[int] = set()
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            pid = int(folder.name)
            parents[pid] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if word in (folder / "cmdline").read_text() and pid != os.getpid():
                found.add(pid)
    size = 0
    while size < len(found):
        size = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return sorted(found)


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
    pids, looked = tree_of(word), time.monotonic()
    while not ended.is_set():
        if time.monotonic() - looked > LOOK_EVERY_S:
            pids, looked = tree_of(word), time.monotonic()
        _send(pids, signal.SIGSTOP)
        time.sleep(CYCLE_S * (1 - 1 / times))
        _send(pids, signal.SIGCONT)
        time.sleep(CYCLE_S / times)


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
