"""The demo's nurse: a Python device that reads the health file and lets the devices of other health workers in.

Without it whoever opens the nurse's demo link would wait for somebody with the key.
"""

from dataclasses import dataclass

from server.demo.device import Device
from server.demo.health_file import give_access


@dataclass(slots=True)
class Nurse:
    """A health worker's device in both spaces."""

    field: Device
    health: Device

    async def keep(self) -> None:
        """Read both spaces, rotate if that is due, and give access to whoever is a health worker and has none."""
        await self.field.sync()
        await self.health.sync()
        if await give_access(self.field, self.health):
            await self.health.sync()
