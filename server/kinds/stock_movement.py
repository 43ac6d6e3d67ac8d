"""What comes into a bag, is lost from it, or is found in it when somebody counts."""

from typing import ClassVar

from server.kinds import codes, plain, sealed
from server.kinds.bag import Bag
from server.kinds.description import Label
from server.kinds.kind import Row
from server.kinds.sealed import Payload


class StockMovement(Row, table=True):
    """One item of one bag. A count says how many there were at its time; all that is later adds to it or takes away.

    What a patrol gives is a distribution, and no movement of its own: nothing is taken from the bag twice.
    """

    label: ClassVar[Label] = Label("Mouvement de stock", "Stock movement")
    of = Bag

    move: str | None = plain.code(codes.STOCK_MOVE, "Mouvement", "Movement")
    item: str | None = plain.code(codes.KIT_ITEM, "Article", "Item")
    count: int | None = plain.count("Nombre", "Count")
    loss_reason: str | None = plain.code(codes.LOSS_REASON, "Raison de la perte", "Reason of the loss")
    patrol: bytes | None = plain.ref("patrol", "Maraude", "Patrol")

    class Sealed(Payload):
        """Read by the members' devices only."""

        note: str | None = sealed.text(500, "Note sur le lieu", "Note about the place", about_place=True)
