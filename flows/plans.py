"""Which datasets each flow loads, and which share of the day's calls it may use; read by the flows and by ``tickerhouse plan``."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from tasks.datasets import ADJUSTED_PRICES, DAILY_PRICES, DIVIDENDS, LISTINGS, QUOTES, SPLITS, Dataset
from tasks.planning.budget import DAILY
from tasks.planning.budget_shares import QUOTES_SHARE

FlowName = Literal["daily_prices", "corporate_actions", "listings", "quotes"]


@dataclass(frozen=True)
class FlowPlan:
    """What one flow loads.

    Attributes:
        datasets: in the order of loading.
        optional: those of them that are requested only where something urgent waits for them, and whose failure is a warning.
        share: the part of the day's calls that the flow may spend.
    """

    datasets: tuple[Dataset, ...]
    optional: tuple[Dataset, ...] = ()
    share: str = DAILY


FLOW_PLANS: Final[Mapping[FlowName, FlowPlan]] = MappingProxyType(
    {
        "daily_prices": FlowPlan((SPLITS, DIVIDENDS, DAILY_PRICES), optional=(SPLITS, DIVIDENDS)),
        "corporate_actions": FlowPlan((SPLITS, DIVIDENDS, ADJUSTED_PRICES)),
        "listings": FlowPlan((LISTINGS,)),
        "quotes": FlowPlan((QUOTES,), share=QUOTES_SHARE),
    }
)
