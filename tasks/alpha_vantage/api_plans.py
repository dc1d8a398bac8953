"""The rate limits of Alpha Vantage's plans: calls per second, minute and day, and whether full histories are served.

Free keys: 25 calls a day and one a second, of which two projects found only one in two seconds to hold; premium keys: calls per minute
without a daily limit, but with a ceiling per second that only its notices state (https://www.alphavantage.co/premium/).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class ApiPlan:
    """The limits of one plan of the API.

    Attributes:
        name: as the setting ``TICKERHOUSE_PLAN`` spells it.
        calls_per_second: most calls in any second.
        calls_per_minute: most calls in any 60 seconds.
        calls_per_day: most calls a day, or None where the plan has no daily limit.
        spacing: seconds between two calls at the steady rate.
        catch_up: seconds a late call may make up for by following closer than ``spacing``; 0 where the spacing itself is the limit.
        full_history: whether ``outputsize=full`` is served.
        full_history_every: how old a whole history may become, where whole histories are wanted, before it is read again; None: never.
    """

    name: str
    calls_per_second: int
    calls_per_minute: int
    calls_per_day: int | None
    spacing: float
    catch_up: float
    full_history: bool
    full_history_every: timedelta | None = None


def _premium(calls_per_minute: int, calls_per_second: int) -> ApiPlan:
    return ApiPlan(
        name=f"premium_{calls_per_minute}",
        calls_per_second=calls_per_second,
        calls_per_minute=calls_per_minute,
        calls_per_day=None,
        spacing=60.0 / calls_per_minute,
        catch_up=0.5,
        full_history=True,
        full_history_every=timedelta(days=30),
    )


FREE: Final = ApiPlan(
    name="free",
    calls_per_second=1,
    calls_per_minute=30,
    calls_per_day=25,
    spacing=2.0,
    catch_up=0.0,
    full_history=False,
)

PLANS: Final[Mapping[str, ApiPlan]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            FREE,
            _premium(75, calls_per_second=5),
            _premium(150, calls_per_second=10),
            _premium(300, calls_per_second=10),
            _premium(600, calls_per_second=20),
            _premium(1200, calls_per_second=30),
        )
    },
)
"""Every plan by its name."""
