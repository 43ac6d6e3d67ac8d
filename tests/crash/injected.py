"""Faults at system calls of a running process, by strace: what it calls, and what befalls one of these calls.

strace counts each system call of each thread apart, and a write transaction is one thread's; so "the seventh
`pwrite64`" is one moment of it, found again in every run.
"""

import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WRITES = ("pwrite64", "write", "fdatasync", "fsync", "ftruncate", "rename", "unlink")
"""What changes the disk, or promises that it is there."""

POLITE_S = 2

_CALL = re.compile(r"^(\d+) +(\w+)\((\d+)", re.MULTILINE)


@contextmanager
def traced(pid: int, report: Path, *more: str) -> Iterator[None]:
    """Watch the writes of a process and of its threads while the block runs; `report` then holds them, one a line."""
    watch = ["strace", "-f", "-o", str(report), "-e", f"trace={','.join(WRITES)}", *more, "-p", str(pid)]
    with subprocess.Popen(watch, stderr=subprocess.PIPE, text=True) as tracer:
        assert tracer.stderr is not None
        while "attached" not in (line := tracer.stderr.readline()):
            assert line, "strace did not attach"
        try:
            yield
        finally:
            _let_go(tracer)


def _let_go(tracer: subprocess.Popen[str]) -> None:
    """End the watch; the process goes on. Asked politely it writes its last lines, but may wait for a dead thread."""
    tracer.send_signal(signal.SIGINT)
    try:
        tracer.wait(POLITE_S)
    except subprocess.TimeoutExpired:
        tracer.kill()


def calls(report: Path) -> Counter[str]:
    """Return how often the busiest thread wrote by each call: what goes to a pipe or a log is left out."""
    found = [(thread, call) for thread, call, _ in _CALL.findall(report.read_text())]
    synced = {thread for thread, call in found if call.endswith("sync")}
    return Counter(call for thread, call in found if thread in synced)


def kill_at(call: str, n: int) -> str:
    """Return the option that kills the process at the n-th such call of a thread, as `kill -9` does."""
    return f"inject={call}:signal=KILL:when={n}"


def fail_at(call: str, error: str, n: int, *, lasting: bool) -> str:
    """Return the option that lets the n-th such call fail, or every one from it on."""
    return f"inject={call}:error={error}:when={n}{'+' if lasting else ''}"
