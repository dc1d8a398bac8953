"""What the API answers about the synthetic listings: which function takes which parameters, and who may ask."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from infra.local.alpha_vantage.answers import CSV_TYPE, Answer
from infra.local.alpha_vantage.exchange_calendar import moment_of
from infra.local.alpha_vantage.listings import listing_of
from infra.local.alpha_vantage.reference import REFERENCE, reference_answer
from infra.local.alpha_vantage.refusals import refusal
from infra.local.alpha_vantage.series import SERIES, series_at
from infra.local.alpha_vantage.shapes import series_csv, series_json

_PREMIUM_FUNCTIONS: Final = frozenset({"TIME_SERIES_DAILY_ADJUSTED", "TIME_SERIES_INTRADAY"})
_OUTPUT_SIZES: Final = frozenset({"compact", "full"})


class SyntheticHistory:
    """Answers every function the stand-in knows.

    Args:
        is_free: whether the key's plan is the free one, which may not ask for everything.
    """

    def __init__(self, *, is_free: bool) -> None:
        self._is_free = is_free

    def answer(self, function: str, parameters: Mapping[str, str], as_of: datetime) -> Answer:
        """The answer to a request that is within the limits.

        Args:
            function: in upper case.
            parameters: of the request.
            as_of: when it is asked (aware).
        """
        if function == "REALTIME_BULK_QUOTES":
            # The one refusal that looks like data: no plan of the stand-in is entitled to real ones.
            return refusal("recorded-bulk-quotes-artificial")
        if self._is_free and function in _PREMIUM_FUNCTIONS:
            return refusal("premium_endpoint")
        if parameters.get("entitlement") == "realtime":
            return refusal("entitlement_realtime")
        if function in REFERENCE:
            return reference_answer(function, parameters, moment_of(as_of))
        if function not in SERIES:
            return refusal("unknown_function", function=function)
        return self._series(function, parameters, as_of)

    def _series(self, function: str, parameters: Mapping[str, str], as_of: datetime) -> Answer:
        size = parameters.get("outputsize", "compact")
        full = size == "full"
        if full and self._is_free and SERIES[function].sized:
            return refusal("premium_outputsize_full", function=function)
        listing = listing_of(parameters.get("symbol", "").upper())
        series = series_at(function, listing, moment_of(as_of), full=full) if listing and size in _OUTPUT_SIZES else None
        if series is None:
            return refusal("invalid_call", function=function)
        if parameters.get("datatype") == "csv":
            return Answer("data", series_csv(function, series), content_type=CSV_TYPE)
        return Answer("data", series_json(function, series, full=full))
