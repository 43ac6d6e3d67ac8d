"""What the coordinator of the demo warns the teams of: an evacuation that is over, and a bad batch that is not."""

from server.demo.device import Device
from server.demo.follow_up import DAY_MS
from server.kinds.notice import Notice, NoticeSeen
from sync.ids import EntityId

EVACUATION = "Évacuation du jardin mercredi matin : les personnes se regroupent côté canal, prévoir plus d’eau."
BAD_BATCH = (
    "Crack coupé vendu depuis hier autour de la station : malaises après la première bouffée. "
    "Prévenir, proposer la naloxone, fractionner les prises."
)
EVACUATED_D = 3
"""For how many days the evacuation was worth a warning."""


def warn_of_evacuation(device: Device, zone: bytes) -> None:
    """Warn of an evacuation for a few days; it is over by itself."""
    day = device.clock() // DAY_MS
    plain = {"type": "evacuation", "zone": zone, "day": day, "until": day + EVACUATED_D}
    read(device, device.begin(Notice, plain, Notice.Sealed(text=EVACUATION)))


def warn_of_bad_batch(device: Device) -> None:
    """Warn of a bad batch everywhere, until somebody lifts it."""
    plain = {"type": "bad_batch", "day": device.clock() // DAY_MS}
    read(device, device.begin(Notice, plain, Notice.Sealed(text=BAD_BATCH)))


def read(device: Device, notice: EntityId) -> None:
    """Say that the device's worker has read it, as whoever writes one has."""
    device.add(NoticeSeen, notice, {}, NoticeSeen.Sealed())
