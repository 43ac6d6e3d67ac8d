"""A line of the second generation: it carries so many bytes to the device, then drops, and is dialled again.

At 50 kB/s a line that drops every 20 s carries a million bytes between two drops. Bytes are counted and not waited
for, so that a test of it takes no longer than the work.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 4_096


@dataclass
class Line:
    """Where to dial it, and what it has carried to the device.

    Attributes:
        left: how many bytes it carries until it drops.
    """

    to_port: int
    bytes_per_drop: int
    port: int = 0
    left: int = 0
    carried: int = 0
    drops: int = 0

    open: set[asyncio.Task[None]] = field(default_factory=set)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection both ways until either side ends it, or the line drops."""
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self.to_port)
        asking = asyncio.create_task(_copy(reader, to_server))
        with suppress(ConnectionError):
            await self._answer(from_server, writer)
        asking.cancel()
        for end in (to_server, writer):
            end.close()
            with suppress(ConnectionError):
                await end.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK):
            if self.left < len(data):
                self.left, self.drops = self.bytes_per_drop, self.drops + 1
                writer.transport.abort()
                return
            self.left -= len(data)
            self.carried += len(data)
            writer.write(data)
            await writer.drain()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def line_to(port: int, bytes_per_drop: int) -> AsyncIterator[Line]:
    """Open a line to a server's port."""
    line = Line(port, bytes_per_drop, left=bytes_per_drop)
    server = await asyncio.start_server(line.connect, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    async with server:
        yield line
    for task in line.open:
        await task
