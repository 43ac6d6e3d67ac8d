"""Who and what the demo is about: every name of a person is invented, places and structures are of public plans."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class CastWorker:
    """A worker of the demo association; `roles` are those of their devices in the protocol's bits."""

    name: str
    role: str
    profession: str
    roles: int = 1


ODILE: Final = CastWorker("Odile", "administrator", "other", roles=7)
AWA: Final = CastWorker("Awa", "outreach", "social_worker")
INES: Final = CastWorker("Inès", "health", "nurse")
LINA: Final = CastWorker("Lina", "outreach", "mediator")
KARIM: Final = CastWorker("Karim", "outreach", "peer")
SOPHIE: Final = CastWorker("Sophie", "health", "nurse")
SAMIR: Final = CastWorker("Samir", "reception", "educator")
BRUNO: Final = CastWorker("Bruno", "coordinator", "social_worker")

WORKERS: Final = (ODILE, AWA, INES, LINA, KARIM, SOPHIE, SAMIR, BRUNO)
NURSES: Final = (INES, SOPHIE)
LINKED: Final = (AWA, INES, SAMIR, BRUNO, ODILE)
"""Whose join links are printed: one for each role."""

PAIRS: Final = ((AWA, INES), (LINA, SOPHIE), (KARIM, INES), (AWA, SOPHIE), (LINA, KARIM))

ZONES: Final = (
    "Porte de la Chapelle",
    "Stalingrad",
    "Jardin d’Éole / Riquet",
    "Porte de la Villette",
    "Métro",
    "Lisière de Seine-Saint-Denis",
)

AREAS: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "Porte de la Chapelle": (
        (2.353, 48.895),
        (2.356, 48.8925),
        (2.364, 48.8925),
        (2.368, 48.8965),
        (2.364, 48.9015),
        (2.356, 48.901),
    ),
    "Stalingrad": (
        (2.361, 48.8825),
        (2.3635, 48.8805),
        (2.369, 48.8808),
        (2.373, 48.884),
        (2.369, 48.8862),
        (2.363, 48.886),
    ),
    "Jardin d’Éole / Riquet": (
        (2.362, 48.8885),
        (2.365, 48.8868),
        (2.373, 48.8868),
        (2.377, 48.889),
        (2.372, 48.8918),
        (2.364, 48.8918),
    ),
    "Porte de la Villette": (
        (2.38, 48.896),
        (2.382, 48.8935),
        (2.389, 48.8935),
        (2.393, 48.897),
        (2.389, 48.9005),
        (2.382, 48.9),
    ),
    "Lisière de Seine-Saint-Denis": (
        (2.348, 48.906),
        (2.354, 48.9025),
        (2.392, 48.9025),
        (2.399, 48.907),
        (2.39, 48.911),
        (2.352, 48.911),
    ),
}
"""The corners of a zone in longitude and latitude, as roughly as a zone is meant; the metro is no place on a map."""

MODES: Final = {"Métro": "metro", "Porte de la Villette": "bus", "Lisière de Seine-Saint-Denis": "bus"}
"""How a patrol goes to a zone, if not on foot."""

SITES: Final = (
    ("Sleep-in / Jardin d’Éole", "Jardin d’Éole / Riquet", "Lundi à vendredi, 9 h à 17 h", 15),
    ("Porte de la Chapelle", "Porte de la Chapelle", "Tous les jours, 9 h à 17 h", 26),
)

STRUCTURES: Final = (
    ("Hôtel ASSORE", "assore", 400, 48),
    ("PHASE", "phase", 31, 72),
    ("UHS", "uhs", 26, 72),
    ("Hôtel d’un CAARUD, femmes", "caarud", 30, 48),
    ("CAARUD", "caarud", None, 24),
    ("CSAPA, sur rendez-vous", "csapa", None, 120),
    ("Salle de consommation à moindre risque", "scmr", None, 24),
    ("SIAO", "siao", None, 72),
    ("PASS", "pass", None, 24),
    ("EMPP", "empp", None, 48),
    ("ELSA", "elsa", None, 48),
    ("Hôpital Lariboisière", "hospital", None, 24),
    ("LHSS", "lhss", 0, 72),
    ("LAM", "lam", 0, 120),
    ("Appartements thérapeutiques", "act", 10, 120),
    ("Accueil de jour", "day_centre", None, 24),
    ("TAPAJ", "tapaj", None, 48),
    ("Espace de repos Chapelle", "rest_area", 26, 12),
    ("Espace de repos Éole", "rest_area", 15, 12),
)
"""Name, type, places, hours within which a decision is due."""

PEOPLE: Final = (
    ("La Grande", "Manteau vert"),
    ("Sami", "Veste rouge"),
    ("Nadia la Bretonne", "Avec le chien Ficelle"),
    ("Petit Paul", "Bonnet gris"),
    ("Fatou", "Foulard jaune"),
    ("Dédé", "Béret, barbe blanche"),
    ("Hirondelle", "Tatouage au cou"),
    ("Le Marin", "Caban bleu"),
    ("Rosa", "Sac à dos rose"),
    ("Kimo", "Casquette à l’envers"),
    ("Tonton", "Marche avec une canne"),
    ("Zaza", "Bottes de pluie"),
    ("L’Ingénieur", "Lunettes rondes"),
    ("Bijou", "Beaucoup de bagues"),
    ("Grand Jo", "Très grand, doudoune noire"),
    ("Mireille", "Caddie écossais"),
    ("Le Belge", "Écharpe orange"),
    ("Soso", "Cheveux tressés"),
    ("Titi", "Parle doucement"),
    ("Amina", "Robe bleue sous le manteau"),
    ("Chaussette", "Une chaussure rouge, une noire"),
    ("Blanche", "Cheveux blancs coupés court"),
    ("Max", "Avec la chienne Lune"),
    ("Le Poète", "Carnet dans la poche"),
    ("Cannelle", "Parka beige"),
    ("Youssef", "Gants coupés"),
    ("Nina", "Piercing au sourcil"),
    ("Papy", "Manteau de laine"),
    ("Le Chat", "Dort près de l’escalier B"),
    ("Coco", "Perruque blonde"),
    ("Alpha", "Survêtement blanc"),
    ("Bébel", "Cicatrice au menton"),
    ("Marcus", "Radio à l’épaule"),
    ("Perle", "Collier de perles"),
    ("Vlad", "Accent de l’Est"),
    ("Ousmane", "Boubou sous la veste"),
    ("Lola", "Jupe longue"),
    ("Gaston", "Vélo sans selle"),
    ("Sister", "Bible à la main"),
    ("Kader", "Dort sous l’auvent"),
    ("Minou", "Pull à capuche rose"),
    ("Le Prof", "Lit le journal"),
    ("Dragon", "Veste brodée"),
    ("Sarah", "Avec Max, souvent"),
    ("Loulou", "Petite, parle fort"),
    ("Tango", "Béquille à droite"),
    ("Éric", "Bonnet de marin"),
    ("Samba", "Enceinte portable"),
    ("Nour", "Foulard noir"),
    ("Jeannot", "Gilet de chantier"),
    ("Flora", "Fleurs au chapeau"),
    ("Boris", "Manteau militaire"),
    ("Ti-Jean", "Rastas"),
    ("Moussa", "Maillot du PSG"),
    ("Queenie", "Lunettes de soleil la nuit"),
    ("Le Muet", "Écrit sur un papier"),
    ("Clara", "Sac de sport"),
    ("Momie", "Bandages aux mains"),
    ("Pilote", "Blouson d’aviateur"),
    ("Yvette", "Manteau à carreaux"),
)
"""Sixty people: an alias and a sign to recognise them by."""
