"""How much one address and one device may ask for, so that none of them slows the others.

An address pays for every request, before anything of it is read. A device pays for what is certainly its own doing: a
request with its token, and what is stored under its signature. Anybody may carry a segment that it has signed, or
write its name on one that it has not: neither uses up what is left to it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from sync.errors import TooManyRequests
from sync.http.problems import refused
from sync.ids import DeviceId

SECOND_NS: Final = 1_000_000_000
MINUTE_S: Final = 60
DAY_S: Final = 24 * 3600
NAMES_MAX: Final = 10_000

Elapsed = Callable[[], int]
"""Nanoseconds since some moment; unlike a wall clock it never jumps."""


class Budget:
    """What each of many may spend: `amount` at once, and as much again in every `per_s` seconds; 0 is no limit.

    One number is kept for each that has spent of late, and of at most `names_max`: the one that has not spent for
    longest is forgotten first, as if it had its whole amount.
    """

    def __init__(
        self, amount: int, per_s: int, elapsed_ns: Elapsed = time.monotonic_ns, *, names_max: int = NAMES_MAX
    ) -> None:
        self._per_ns = per_s * SECOND_NS
        self._unit_ns = max(1, self._per_ns // amount) if amount else 0
        self._elapsed_ns = elapsed_ns
        self._names_max = names_max
        self._whole_at_ns: OrderedDict[Hashable, int] = OrderedDict()
        """When each will have its whole amount again."""

    def require(self, who: Hashable) -> None:
        """Go on if something is left to `who`, be it less than what will be spent: then the rest is owed.

        Raises:
            TooManyRequests: nothing is; it says when something will be.
        """
        now_ns = self._elapsed_ns()
        over_ns = self._whole_at_ns.get(who, now_ns) + self._unit_ns - self._per_ns - now_ns
        if over_ns > 0:
            raise TooManyRequests(retry_after=-(-over_ns // SECOND_NS))

    def spend(self, who: Hashable, cost: int = 1) -> None:
        """Take `cost` from what is left to `who`."""
        if not self._unit_ns:
            return
        now_ns = self._elapsed_ns()
        self._whole_at_ns[who] = max(self._whole_at_ns.pop(who, now_ns), now_ns) + cost * self._unit_ns
        if len(self._whole_at_ns) > self._names_max:
            self._whole_at_ns.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Rates:
    """The budgets of a service.

    Attributes:
        address: requests.
        device: requests with a token, and pushes that were stored.
        stored: bytes of pushes that were stored.
    """

    address: Budget
    device: Budget
    stored: Budget

    def require_pushes(self, device: DeviceId) -> None:
        """Go on if something is left to a device for pushes; nothing is spent yet. Raises TooManyRequests."""
        self.device.require(device)
        self.stored.require(device)

    def spend_push(self, device: DeviceId, size: int) -> None:
        """Take a push that is stored from what is left to the device that signed it."""
        self.device.spend(device)
        self.stored.spend(device, size)

    def spend_request(self, device: DeviceId) -> None:
        """Take a request from what is left to the device whose token it has. Raises TooManyRequests."""
        self.device.require(device)
        self.device.spend(device)


def rates(*, address: int = 0, device: int = 0, stored: int = 0, elapsed_ns: Elapsed = time.monotonic_ns) -> Rates:
    """Return budgets of so many requests a minute for an address and a device, and of bytes a day for a device."""
    return Rates(
        Budget(address, MINUTE_S, elapsed_ns), Budget(device, MINUTE_S, elapsed_ns), Budget(stored, DAY_S, elapsed_ns)
    )


class AddressLimit:
    """Refuse a request of an address that has spent its budget, before anything of it is read.

    `report` is called for one such request in a minute: a flood must not fill the log either.
    """

    def __init__(self, app: ASGIApp, budget: Budget, report: Callable[[], None]) -> None:
        self.app = app
        self.budget = budget
        self.report = report
        self._reports = Budget(1, MINUTE_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        address = network_of(scope["client"][0] if scope.get("client") else "")
        try:
            self.budget.require(address)
        except TooManyRequests as refusal:
            self._report()
            await refused(refusal)(scope, receive, send)
            return
        self.budget.spend(address)
        await self.app(scope, receive, send)

    def _report(self) -> None:
        with suppress(TooManyRequests):
            self._reports.require(None)
            self._reports.spend(None)
            self.report()


def network_of(host: str) -> str:
    """Return whose address it is: of version 6, one connection has a whole /64 to choose from."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    # A socket that listens for both versions names an address of version 4 so.
    return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))
