"""Processes forked from one that has imported the application: each begins without the second that its imports take.

One such parent stands behind each test process, and is told once what to import: so whatever is forked is named here.
It has opened nothing that a child could share, neither a file nor a connection; a child is killed as any process is.
"""

import multiprocessing
import os
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from server.cli import main

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["__main__", "tests.crash.process", "aiosqlite", "asyncpg", "uvicorn.lifespan.on", "uvicorn.loops.auto"]
)


class Escale:
    """`escale` with some words, as a deployer types them; what it says on standard output is read line by line."""

    def __init__(self, words: list[str], environment: dict[str, str], log: Path) -> None:
        said, says = FORKS.Pipe(duplex=False)
        self._process = FORKS.Process(target=_run, args=(words, environment, log, says), daemon=True)
        self._process.start()
        says.close()
        self._said = said
        self.lines = os.fdopen(os.dup(said.fileno()))

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def wait(self) -> None:
        """Return when it has ended well."""
        self.lines.read()
        self._process.join()
        assert self._process.exitcode == 0
        self.kill()

    def kill(self) -> None:
        """Kill -9, and return when it is gone."""
        self._process.kill()
        self._process.join()
        self._said.close()
        self.lines.close()


def _run(words: list[str], environment: dict[str, str], log: Path, says: Connection) -> None:
    """Be the command: its environment, standard output and standard error instead of those of who forked it."""
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(says.fileno(), sys.stdout.fileno())
    says.close()
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.argv = ["escale", *words]
    main()
