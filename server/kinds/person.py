"""A person met, under the identity of their choice. No field is mandatory but one label to find them by."""

from typing import ClassVar

from server.kinds import codes, plain, sealed
from server.kinds.description import Label, Merge
from server.kinds.kind import Entity
from server.kinds.sealed import Payload


class Person(Entity, table=True):
    """A pseudonymous record; the server holds bands, and only with consent for statistics."""

    label: ClassVar[Label] = Label("Personne", "Person")

    age_band: str | None = plain.code(codes.AGE_BAND, "Âge", "Age", purpose="statistics")
    gender: str | None = plain.code(codes.GENDER, "Genre", "Gender", purpose="statistics")
    time_on_street: str | None = plain.code(codes.TIME_ON_STREET, "À la rue", "On the street", purpose="statistics")
    housing: str | None = plain.code(codes.HOUSING, "Où dort la personne", "Where they sleep", purpose="statistics")
    left: int | None = plain.day("Sortie de la file active", "Left the active list")
    trash: bool | None = plain.flag("À la corbeille", "In the bin")
    same: list[str] | None = plain.links("person", "Même personne que", "Same person as")

    class Sealed(Payload):
        """Read by the members' devices only."""

        alias: tuple[str, ...] | None = sealed.texts(80, "Surnom", "Alias")
        description: str | None = sealed.text(500, "Signe pour reconnaître", "Sign to recognise them by")
        reach: str | None = sealed.text(500, "Comment joindre", "How to reach them")
        consent_follow_up: str | None = sealed.code(
            codes.CONSENT, "Accord pour le suivi", "Consent to follow-up", Merge.HIGH_STAKES
        )
        consent_follow_up_until: int | None = sealed.day(
            "Accord pour le suivi jusqu’au", "Consent to follow-up until", Merge.HIGH_STAKES
        )
        consent_statistics: str | None = sealed.code(
            codes.CONSENT, "Accord pour les statistiques", "Consent to statistics", Merge.HIGH_STAKES
        )
        consent_statistics_until: int | None = sealed.day(
            "Accord pour les statistiques jusqu’au", "Consent to statistics until", Merge.HIGH_STAKES
        )
        consent_sharing: str | None = sealed.code(
            codes.CONSENT, "Accord pour le partage", "Consent to sharing", Merge.HIGH_STAKES
        )
        consent_sharing_until: int | None = sealed.day(
            "Accord pour le partage jusqu’au", "Consent to sharing until", Merge.HIGH_STAKES
        )
        card: str | None = sealed.text(64, "Carte", "Card")
        vulnerability: tuple[str, ...] | None = sealed.codes(codes.VULNERABILITY, "Fragilités", "Vulnerabilities")
        left_reason: str | None = sealed.code(codes.LEFT_REASON, "Raison de la sortie", "Reason for leaving")

    class Health(Payload):
        """Read by health workers' devices only."""

        consumption: tuple[str, ...] | None = sealed.codes(codes.CONSUMPTION, "Consommations", "Consumption")
        route: tuple[str, ...] | None = sealed.codes(codes.ROUTE, "Modes de consommation", "Routes")
        file: str | None = sealed.text(10_000, "Suivi de santé", "Health follow-up")
