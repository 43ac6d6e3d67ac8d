"""The demo's administrator: a Python device that hands out one join link for each role and answers each by itself.

In the health space it is a member without a key: it revokes and adds there what the field space has decided, and reads
nothing. The nurse beside it gives the access that it cannot give.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Final

import httpx

from server.demo.cast import LINKED, ODILE, SOPHIE, CastWorker
from server.demo.device import Device
from server.demo.nurse import Nurse
from server.demo.vault import NURSE, Vault, open_vault
from sync.checkpoint import start_of
from sync.client import Refused
from sync.compartment import keep_compartment
from sync.control import MemberBody
from sync.enrolment import Code1, Code2, Link, decode_code1, encode_code, letters, welcome
from sync.http.service import wall_clock_ms
from sync.ids import WorkerId
from sync.keys import WRAP_BYTES, Epoch, device_id
from sync.rotation import wrap_ahead
from sync.writer import Moment, write_control

ASK_EVERY_S: Final = 1.0
KEEP_EVERY_S: Final = 15.0
TRY_AGAIN_S: Final = 3.0

Say = Callable[[str], None]


@dataclass(slots=True)
class Administrator:
    """The process: its device, and the links it has handed out by their hash.

    Attributes:
        health: its device in the health space, if there is one.
        nurse: who gives access there.
    """

    vault: Vault
    device: Device
    origin: str
    say: Say
    handed_out: dict[str, tuple[str, CastWorker]] = field(default_factory=dict)
    health: Device | None = None
    nurse: Nurse | None = None

    async def run(self) -> None:
        """Hand out the links, then answer and keep for ever; a server that is away is waited for."""
        await self._patiently(self.hand_out)
        await self._patiently(self.keep)
        for asked in count(1):
            await self._patiently(self.answer_all)
            if asked % (KEEP_EVERY_S / ASK_EVERY_S) == 0:
                await self._patiently(self.keep)
            await asyncio.sleep(ASK_EVERY_S)

    async def _patiently(self, do: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await do()
            except httpx.TransportError:
                await asyncio.sleep(TRY_AGAIN_S)
            except Refused as refused:
                if not refused.wait_ms:
                    raise
                await asyncio.sleep(refused.wait_ms / 1000)
            else:
                return

    async def hand_out(self) -> None:
        """Open a mailbox for each role and say its link."""
        await self.device.sync()
        for worker in LINKED:
            link = Link(self.origin, secrets.token_bytes(16))
            await self.device.client.request("POST", "/v1/joins", json={"join": link.join.hex()})
            self.handed_out[sha256(link.join).hexdigest()] = (link.join.hex(), worker)
            self.say(f"{worker.name:6} {worker.role:14} {self.origin}/#join={encode_code(link)}")

    async def answer_all(self) -> None:
        """Answer every device that waits behind one of these links."""
        waiting = (await self.device.client.request("GET", "/v1/joins")).json()
        known = [line for line in waiting if line["join_hash"] in self.handed_out]
        for line in known:
            join, worker = self.handed_out[line["join_hash"]]
            await self._answer(worker, join, line["code1"])
        if known:
            await self.keep()

    async def keep(self) -> None:
        """Do in the health space what the field space has decided, and have the nurse give access there."""
        await self.device.sync()
        try:
            await self._keep_health()
        except Refused as refused:
            if refused.wait_ms:
                raise
            # Somebody has tried the demo's own devices for what may be retired.
            self.health = self.nurse = None
            self.say("The demo's devices are members of the health file no more: nobody is let in by itself.")

    async def _keep_health(self) -> None:
        if self.health is not None:
            await self.health.sync()
            members = self.device.replica.reader.view.members
            if keep_compartment(self.health.replica, members, self.health.moment()):
                await self.health.sync()
        if self.nurse is not None:
            await self.nurse.keep()

    async def _answer(self, worker: CastWorker, join: str, text: str) -> None:
        """Make the device a member, then say so in the mailbox; done again after a crash, it changes nothing."""
        code1 = decode_code1(text)
        replica, device = self.device.replica, device_id(code1.ed_pk)
        if device not in replica.reader.view.members.by_device:
            body = self._member(worker, code1, wrap_ahead(replica, code1.x_pk, device))
            write_control(replica, body, Moment(wall_clock_ms(), wall_clock_ms(), secrets.token_bytes))
        await self.device.sync()
        view = replica.reader.view
        epoch = Epoch(self.vault.space, view.members.epoch, view.members.commits[view.members.epoch])
        offered = welcome(epoch, self.vault.root, start_of(view), secrets.token_bytes(WRAP_BYTES))
        answer = encode_code(Code2(self.origin, code1.nonce, (offered,)))
        await self.device.client.request("PUT", f"/v1/joins/{join}/code2", json={"code": answer})
        self.say(f"{worker.name} joins with the letters {letters(text, answer)}")

    def _member(self, worker: CastWorker, code1: Code1, wrapped: bytes) -> MemberBody:
        who = WorkerId(self.vault.workers[worker.name])
        return MemberBody(device_id(code1.ed_pk), code1.ed_pk, code1.x_pk, worker.roles, self.vault.org, who, wrapped)


async def administer(vault: Vault, origin: str, say: Say) -> None:
    """Run the demo's administrator until cancelled, and the nurse that a demo with a health file has."""
    async with httpx.AsyncClient(base_url=origin, timeout=20) as http:
        device, health = vault.devices(http, ODILE.name, secrets.token_bytes)
        nurse = open_vault(vault.folder, NURSE)
        administrator = Administrator(vault, device, origin, say, health=health)
        if nurse is not None:
            administrator.nurse = nurse_of(nurse, http)
        await administrator.run()


def nurse_of(vault: Vault, http: httpx.AsyncClient) -> Nurse | None:
    """Return the demo's nurse, or None if her vault has no health file."""
    field, health = vault.devices(http, SOPHIE.name, secrets.token_bytes)
    return None if health is None else Nurse(field, health)
