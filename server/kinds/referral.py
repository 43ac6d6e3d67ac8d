"""A request to a structure for a place, care or a right, and the moves that carry it on.

A referral outlives an erasure with codes and a random id only: notes about the person stand under the person.
"""

from typing import ClassVar

from sqlalchemy import BigInteger, String
from sqlmodel import Field

from server.kinds import codes, plain, sealed
from server.kinds.description import Label
from server.kinds.kind import Command, Entity
from server.kinds.sealed import Payload


class Referral(Entity, table=True):
    """What was asked of whom. Its state is ruled from its moves, never written."""

    label: ClassVar[Label] = Label("Orientation", "Referral")

    person: bytes | None = plain.ref("person", "Personne", "Person")
    structure: bytes | None = plain.ref("structure", "Structure", "Structure")
    parent: bytes | None = plain.ref("referral", "Fait suite à", "Follows")
    mode: str | None = plain.code(codes.REFERRAL_MODE, "Voie", "Mode")
    state: str = Field(default="draft", sa_type=String(32))
    state_ms: int | None = Field(default=None, sa_type=BigInteger)

    class Sealed(Payload):
        """Read by the members' devices only."""

        needs: tuple[str, ...] | None = sealed.codes(codes.NEED, "Besoins", "Needs")


_WAITING = ("sent", "triage", "info_needed", "waitlisted")
_BEFORE_SERVICE = (*_WAITING, "offered", "accepted", "scheduled")


class ReferralMove(Command, table=True):
    """A command that names the state it expects; deadlines are frozen in it from the structure's policy."""

    label: ClassVar[Label] = Label("Étape d’orientation", "Referral move")
    of = Referral
    first_state: ClassVar = "draft"
    moves: ClassVar = {
        "send": (("draft",), "sent"),
        "claim": (("sent",), "triage"),
        "ask_info": (("triage",), "info_needed"),
        "answer_info": (("info_needed",), "triage"),
        "waitlist": (("triage",), "waitlisted"),
        "offer": (("triage", "waitlisted"), "offered"),
        "accept": (("offered",), "accepted"),
        "schedule": (("accepted", "no_show"), "scheduled"),
        "start": (("accepted", "scheduled"), "in_service"),
        "complete": (("in_service",), "completed"),
        "decline_provider": (_WAITING, "declined_provider"),
        "decline_person": (_BEFORE_SERVICE, "declined_person"),
        "miss": (("scheduled",), "no_show"),
        "lose_contact": (("no_show",), "lost_contact"),
        "withdraw": (("draft", *_BEFORE_SERVICE), "withdrawn"),
        "mark_in_error": (("draft", *_BEFORE_SERVICE, "in_service", "no_show"), "in_error"),
    }
    # Two people decide at once: an error noted is an error whatever was done meanwhile, and no appointment is made
    # for a person who has said no.
    beats: ClassVar = {
        "in_error": tuple(state for state in codes.REFERRAL_STATE.codes if state != "in_error"),
        "declined_person": ("scheduled",),
    }

    move: str | None = plain.code(codes.REFERRAL_MOVE, "Étape", "Move")
    expect: str | None = plain.code(codes.REFERRAL_STATE, "État attendu", "Expected state")
    worker: bytes | None = plain.ref("worker", "Prise par", "Claimed by")
    until: int | None = plain.instant("Tenue jusqu’à", "Held until")
    acknowledge_until: int | None = plain.instant("Accusé attendu avant", "Acknowledge before")
    decide_until: int | None = plain.instant("Décision attendue avant", "Decide before")
    start_until: int | None = plain.instant("Accueil attendu avant", "Start before")
    feedback_until: int | None = plain.instant("Retour attendu avant", "Feedback before")
    declined: str | None = plain.code(codes.DECLINED, "Refus", "Declined")

    class Sealed(Payload):
        """Read by the members' devices only."""

        reason: str | None = sealed.code(codes.DECLINE_REASON, "Raison", "Reason")
