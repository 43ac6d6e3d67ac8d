"""Everything the server can say over REST, asked by a device of the association without a browser."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from server.demo.device import Device, Place
from server.demo.vault import open_vault
from server.kinds.catalogue import TABLED
from server.kinds.kind import Directory
from server.reading.lines import lines_name
from sync.http.service import wall_clock_ms
from sync.ids import WorkerId

Lines = dict[str, list[dict[str, Any]]]
IN_THE_LOG = [lines_name(kind) for kind in TABLED if not issubclass(kind, Directory)]


def server_answers(data: Path, origin: str) -> Lines:
    """Return every line of every kind that stands in the log, oldest first."""
    with ThreadPoolExecutor(1) as other:  # the browser's driver has this thread's event loop
        return other.submit(asyncio.run, _read(data, origin)).result()


async def _read(data: Path, origin: str) -> Lines:
    vault = open_vault(data)
    assert vault is not None
    async with httpx.AsyncClient(base_url=origin, timeout=20) as http:
        place = Place(vault.space, http, wall_clock_ms, secrets.token_bytes)
        device = place.device(WorkerId(vault.workers["Odile"]), vault.replica(), lambda _: None)
        return {kind: await _lines(device, kind) for kind in IN_THE_LOG}


async def _lines(device: Device, kind: str) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = (await device.client.request("GET", f"/v1/kinds/{kind}", params={"after": after})).json()
        lines += page["lines"]
        after = page["next"]
    return lines
