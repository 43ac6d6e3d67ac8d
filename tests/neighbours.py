"""Two associations at one server: ours, with something of every kind, and Chloé's."""

import asyncio
from dataclasses import dataclass

from httpx import Response

from server.kinds.site import Site
from server.kinds.structure import Structure
from server.kinds.zone import Zone
from sync.ids import SpaceId
from sync.op import OpClass
from sync.store.database import Database
from sync.store.scope import INSTALLATION
from tests.pens import Pair, Pen, founding, op_ids
from tests.world import SPACE, World

OF_CHLOE = SpaceId(b"\x20" * 16)
ZONE, MOMO, PATROL, REFERRAL, WORKER, JOIN, HEALTH, BAG, NOTICE = (bytes([n]) * 16 for n in range(0xA1, 0xAA))
OURS = (SPACE, ZONE, MOMO, PATROL, REFERRAL, WORKER, JOIN, HEALTH, BAG, NOTICE)


@dataclass
class Neighbours:
    """Two associations at one server; `headers` are the tokens of each device, taken beforehand."""

    world: World
    chloe: Pen
    headers: dict[str, dict[str, str]]

    def ask(self, who: str, method: str, path: str, **more: object) -> Response:
        asked = {"headers": self.headers[who], **more}
        answer: Response = self.world.http.request(method, path, **asked)  # type: ignore[arg-type]
        return answer

    def pen(self, who: str) -> Pen:
        return {"Awa": self.world.awa, "Odile": self.world.odile, "Chloé": self.chloe}[who]

    def push(self, who: str) -> Response:
        """Push one op into our space, signed by the pen's own key."""
        pen = self.pen(who)
        own, pen.space = pen.space, SPACE
        body = pen.push([pen.op(OpClass.GENESIS, "person", pen.id())])
        pen.space = own
        return self.ask(who, "POST", f"/v1/spaces/{SPACE.hex()}/push", content=body)


def pushed(pen: Pen) -> list[Pair]:
    """An op of every kind of the catalogue."""
    encounter = pen.op(OpClass.ROW, "encounter", PATROL, facts=(("anon_man", 2),))
    name = op_ids([encounter])[0][:16]
    return [
        pen.op(OpClass.GENESIS, "worker", WORKER, facts=(("role", "outreach"),)),
        pen.op(OpClass.GENESIS, "person", MOMO, facts=(("gender", "man"),)),
        pen.op(OpClass.GENESIS, "bag", BAG),
        pen.op(OpClass.ROW, "stock_movement", BAG, facts=(("count", 20), ("item", "tips"), ("move", "receipt"))),
        pen.op(OpClass.GENESIS, "patrol", PATROL, facts=(("bag", BAG), ("zone", ZONE))),
        encounter,
        pen.op(OpClass.ROW, "observation", PATROL, facts=(("seen", 30), ("zone", ZONE))),
        pen.op(OpClass.ROW, "contact", MOMO, facts=(("encounter", name),)),
        pen.op(OpClass.ROW, "distribution", PATROL, facts=(("count", 1), ("encounter", name), ("item", "tips"))),
        pen.op(OpClass.ROW, "request", MOMO, facts=(("status", "open"),)),
        pen.op(OpClass.ROW, "procedure", MOMO, facts=(("status", "open"),)),
        pen.op(OpClass.ROW, "task", MOMO, facts=(("due", 20_000),)),
        pen.op(OpClass.ROW, "note", MOMO),
        pen.op(OpClass.GENESIS, "referral", REFERRAL, facts=(("person", MOMO),)),
        pen.op(OpClass.ROW, "referral_move", REFERRAL, facts=(("expect", "draft"), ("move", "send"))),
        pen.op(OpClass.GENESIS, "notice", NOTICE, facts=(("type", "cold"),)),
        pen.op(OpClass.ROW, "notice_seen", NOTICE),
        pen.op(OpClass.GENESIS, "health_space", HEALTH),
    ]


def write_zone(world: World) -> None:
    async def write() -> None:
        database = Database(world.url)
        async with database.writing(INSTALLATION) as session:
            for kind in (Zone, Site, Structure):
                session.add(kind(org_id=world.awa.org, id=ZONE, name="Stalingrad"))
        await database.close()

    asyncio.run(write())


def neighbours(founded: World) -> Neighbours:
    """Return our association with something of every kind, and Chloé's beside it."""
    write_zone(founded)
    founded.accept(founded.awa, pushed(founded.awa))
    odile = founded.bearer(founded.odile)
    chloe, hers = Pen(OF_CHLOE, 5), Pen(OF_CHLOE, 6)
    chloe.org = hers.org = type(chloe.org)(b"\x0e" * 16)
    assert founded.open_space(odile["authorization"].split()[1], OF_CHLOE).status_code == 201
    assert founded.push(chloe.push(founding(chloe, [hers])), OF_CHLOE).status_code == 200
    headers = {"Odile": odile, "Awa": founded.bearer(founded.awa), "Chloé": founded.bearer(chloe)}
    made = Neighbours(founded, chloe, headers)
    assert made.ask("Odile", "POST", "/v1/joins", json={"join": JOIN.hex()}).status_code == 201
    assert made.ask("Awa", "PUT", f"/v1/joins/{JOIN.hex()}/code1", json={"code": "Y29kZTE"}).status_code == 204
    return made
