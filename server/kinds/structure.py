"""An organisation, site or service that receives referrals."""

from typing import ClassVar

from server.kinds import codes, plain
from server.kinds.description import Label
from server.kinds.kind import Directory


class Structure(Directory, table=True):
    """Where a person may be referred, and within how many hours an answer is due."""

    label: ClassVar[Label] = Label("Structure", "Structure")

    name: str = plain.text(80, "Nom", "Name")
    type: str | None = plain.code(codes.STRUCTURE_TYPE, "Type", "Type")
    zone: bytes | None = plain.ref("zone", "Zone", "Zone")
    hours: str | None = plain.text(200, "Horaires", "Hours")
    eligibility: str | None = plain.text(500, "Critères d’admission", "Eligibility")
    capacity: int | None = plain.count("Places", "Places")
    acknowledge_h: int | None = plain.count("Accusé de réception, en heures", "Acknowledge within, hours")
    decide_h: int | None = plain.count("Décision, en heures", "Decide within, hours")
    start_h: int | None = plain.count("Accueil, en heures", "Start within, hours")
    feedback_h: int | None = plain.count("Retour, en heures", "Feedback within, hours")
