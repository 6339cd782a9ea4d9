"""Who asks, and how much each visitor may ask: an address, and a bucket of tokens that fills up again by itself."""

import hashlib
import ipaddress
import itertools
import math
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

_SALT = secrets.token_bytes(16)  # a new one with every start: marks of two days cannot be joined


def client_key(scope: Mapping[str, Any], proxies: int = 0) -> str:
    """Whom a request counts for: an IPv4 address, or the network (/64) of an IPv6 address, which is one household.

    Args:
        proxies: how many proxies of one's own stand in front. Each adds the address that it saw at the end of
            `X-Forwarded-For`; what stands before those may be invented by the visitor. 0: the header is not read.
    """
    client = scope.get("client")
    address = client[0] if client else ""
    if proxies:
        lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        seen = [part.strip() for part in ",".join(lines).split(",") if part.strip()]
        if len(seen) >= proxies:
            address = seen[-proxies]
    return _network(address)


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return "unknown"  # no name of a visitor's choice is kept
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def pseudonym(visitor: str) -> str:
    """A short mark of a visitor for the log: the same for all requests since the start, and no address."""
    return hashlib.blake2b(visitor.encode(), key=_SALT, digest_size=4).hexdigest()


class TokenBuckets:
    """A bucket of tokens for each visitor: `burst` at first, and `rate` more a second up to `burst`.

    Visitors who have been idle until their bucket was full again are forgotten, and never more than `most` are kept:
    then those go first who have not asked for the longest time.
    """

    def __init__(
        self, rate: float, burst: float, most: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not rate > 0 or not burst > 0 or most < 1:
            raise ValueError(f"rate, burst and most are {rate}, {burst} and {most}; expected more than 0 each.")
        self.rate, self.burst, self.most = rate, burst, most
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, when; the latest at the end

    def __len__(self) -> int:
        return len(self._left)

    def take(self, visitor: str, tokens: float = 1.0) -> float:
        """Take tokens.

        Returns:
            0 if there were enough; else in how many seconds there will be, and nothing was taken. Infinity: there
            never will be.
        """
        now = self._clock()
        self._forget(now)
        left = self._now(visitor, now)
        if tokens > left:
            return (tokens - left) / self.rate if tokens <= self.burst else math.inf
        self._left[visitor] = left - tokens, now
        self._left.move_to_end(visitor)
        if len(self._left) > self.most:
            self._left.popitem(last=False)
        return 0.0

    def _now(self, visitor: str, now: float) -> float:
        if visitor not in self._left:
            return self.burst
        left, then = self._left[visitor]
        return min(self.burst, left + (now - then) * self.rate)

    def _forget(self, now: float) -> None:
        """Two a call at most, so that no call is slow; one comes, so the table shrinks."""
        for oldest in list(itertools.islice(self._left, 2)):
            if self._now(oldest, now) >= self.burst:
                del self._left[oldest]


class OpenRequests:
    """How many requests of each visitor are open at this moment; who has none is not kept."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._inside: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._inside)

    @property
    def all(self) -> int:
        """The requests of all visitors."""
        return self._inside.total()

    def inside(self, visitor: str) -> int:
        """The requests of one visitor."""
        return self._inside.get(visitor, 0)

    def enter(self, visitor: str) -> bool:
        """Count one more, unless there are too many."""
        if self._inside[visitor] >= self.most:
            return False
        self._inside[visitor] += 1
        return True

    def leave(self, visitor: str) -> None:
        """One less."""
        self._inside[visitor] -= 1
        if self._inside[visitor] <= 0:
            del self._inside[visitor]
