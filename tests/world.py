"""One sync service and its pens, spoken to over HTTP."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from httpx import Client, Response

from sync.codec import decode, encode
from sync.ids import SpaceId
from sync.keys import auth_message
from sync.log import Page, Receipt, decode_page, decode_receipt
from sync.store.auth import issue_setup
from sync.store.database import Database
from sync.store.scope import INSTALLATION
from tests.pens import Pair, Pen, founding

SPACE = SpaceId(b"\x10" * 16)
START_MS = 1_795_300_800_000


@dataclass
class World:
    """One service and its pens; `now` is the server's clock."""

    http: Client
    url: str
    now: int = START_MS
    odile: Pen = field(default_factory=lambda: Pen(SPACE, 1))
    awa: Pen = field(default_factory=lambda: Pen(SPACE, 2))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return what the database itself holds."""

        async def ask() -> list[tuple[Any, ...]]:
            database = Database(self.url)
            async with database.reading(INSTALLATION) as session:
                connection = await session.connection()
                found = [tuple(row) for row in await connection.exec_driver_sql(sql)]
            await database.close()
            return found

        return asyncio.run(ask())

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table, so that "nothing was stored" is looked at and not believed."""

        async def ask() -> dict[str, list[tuple[Any, ...]]]:
            database = Database(self.url)
            async with database.reading(INSTALLATION) as session:
                connection = await session.connection()
                names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
                found = {
                    name: sorted(
                        (tuple(row) for row in await connection.exec_driver_sql(f'SELECT * FROM "{name}"')), key=repr
                    )
                    for name in names
                }
            await database.close()
            return found

        return asyncio.run(ask())

    def setup_secret(self) -> str:
        async def secret() -> str:
            database = Database(self.url)
            async with database.writing() as session:
                token = await issue_setup(session, self.now)
            await database.close()
            return token

        return asyncio.run(secret())

    def open_space(self, token: str, space: bytes = SPACE) -> Response:
        headers = {"authorization": f"Bearer {token}"}
        answer: Response = self.http.post("/v1/spaces", content=encode([space]), headers=headers)
        return answer

    def push(self, body: bytes, space: bytes = SPACE) -> Response:
        answer: Response = self.http.post(f"/v1/spaces/{space.hex()}/push", content=body)
        return answer

    def accept(self, pen: Pen, pairs: list[Pair]) -> Receipt:
        answer = self.push(pen.push(pairs))
        assert answer.status_code == 200, answer.text
        receipt = decode_receipt(answer.content)
        pen.seen = (receipt.last_cursor, receipt.log)
        return receipt

    def found(self) -> Receipt:
        assert self.open_space(self.setup_secret()).status_code == 201
        return self.accept(self.odile, founding(self.odile, [self.awa], roles=1))

    def token(self, pen: Pen, origin: str = "http://testserver") -> Response:
        body = self.signed_challenge(pen, origin)
        answer: Response = self.http.post("/v1/auth/token", content=body)
        return answer

    def signed_challenge(self, pen: Pen, origin: str = "http://testserver") -> bytes:
        nonce, expires_ms = unpacked(self.http.post("/v1/auth/challenge"))
        signature = pen.signing.sign(auth_message(origin, nonce, expires_ms))
        return encode([pen.device, nonce, expires_ms, signature])

    def bearer(self, pen: Pen) -> dict[str, str]:
        token, _ = unpacked(self.token(pen))
        return {"authorization": f"Bearer {token}"}

    def page(self, pen: Pen, after: int = 0, **query: int) -> Page:
        answer = self.http.get(
            f"/v1/spaces/{SPACE.hex()}/ops", params={"after": after, **query}, headers=self.bearer(pen)
        )
        assert answer.status_code == 200, answer.text
        return decode_page(answer.content)


def unpacked(answer: Response) -> list[Any]:
    members = decode(answer.content)
    assert isinstance(members, list)
    return members


def code(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
