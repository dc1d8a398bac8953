"""Every way the API says no, in its own published words, named as the refusals are known.

The same refusal has come under other keys and in other words over the years; the older ones are kept because a client must still know them.
"""

import json
from collections.abc import Mapping
from typing import Final

from infra.local.alpha_vantage.answers import CSV_TYPE, HTML_TYPE, JSON_TYPE, Answer
from infra.local.alpha_vantage.limits import PlanLimits, Window

_PREMIUM: Final = "https://www.alphavantage.co/premium/"
_KEY_PAGE: Final = "(https://www.alphavantage.co/support/#api-key)"
_THANKS: Final = "Thank you for using Alpha Vantage!"
_SUBSCRIBE: Final = f"You may subscribe to any of the premium plans at {_PREMIUM}"

# Read with {function}, {key}, {per_second} and {per_day} filled in.
_NOTICES: Final[Mapping[str, tuple[str, str]]] = {
    "burst_free_2025_12": (
        "Information",
        (
            f"{_THANKS} Please consider spreading out your free API requests more sparingly (1 request per second). "
            f"{_SUBSCRIBE} to lift the free key rate limit (25 requests per day), raise the per-second burst limit, "
            "and instantly unlock all premium endpoints"
        ),
    ),
    "burst_free_2025_12_early": (
        "Information",
        (
            f"{_THANKS} Please consider spreading out your free API requests more sparingly. {_SUBSCRIBE} to lift the free key "
            "rate limit (25 requests per day) and instantly unlock all premium endpoints"
        ),
    ),
    "burst_premium": (
        "Information",
        (
            "Burst pattern detected. Please consider spreading out your API requests more evenly across a 1-minute window "
            "and query no more than {per_second} requests per second."
        ),
    ),
    "premium_minute": (
        "Information",
        (
            "Minute-level rate limit exceed. Please stay under the number of API requests per minute for your premium subscription plan. "
            "Please contact support@alphavantage.co if you are targeting a higher API request volume."
        ),
    ),
    "daily_quota_2024_now": (
        "Information",
        (
            "We have detected your API key as {key} and our standard API rate limit is {per_day} requests per day. "
            f"Please subscribe to any of the premium plans at {_PREMIUM} to instantly remove all daily rate limits."
        ),
    ),
    "legacy_minute_day_note": (
        "Note",
        (
            f"{_THANKS} Our standard API call frequency is 5 calls per minute and 500 calls per day. "
            f"Please visit {_PREMIUM} if you would like to target a higher API call frequency."
        ),
    ),
    "legacy_info_premium_volume": ("Information", f"{_THANKS} Please visit {_PREMIUM} if you would like to have a higher API call volume."),
    "premium_key_contact": (
        "Information",
        f"{_THANKS} Please contact premium@alphavantage.co if you are targeting a higher API call volume.",
    ),
    "premium_endpoint": ("Information", f"{_THANKS} This is a premium endpoint. {_SUBSCRIBE} to instantly unlock all premium endpoints"),
    "premium_outputsize_full": (
        "Information",
        (
            f"{_THANKS} The outputsize=full parameter value is a premium feature for the {{function}} endpoint. "
            f"{_SUBSCRIBE} to instantly unlock all premium features"
        ),
    ),
    "entitlement_realtime": ("Information", "You are not yet entitled to realtime US market data access."),
    "demo_key_current": (
        "Information",
        (
            f"The **demo** API key is for demo purposes only. Please claim your free API key at {_KEY_PAGE} "
            "to explore our full API offerings. It takes fewer than 20 seconds."
        ),
    ),
    "demo_key_2020": (
        "Information",
        (
            f"The **demo** API key is for demo purposes only. Please claim your free API key at {_KEY_PAGE} "
            "to explore our full API offerings. It takes fewer than 20 seconds, and we are committed to making it free forever."
        ),
    ),
    "apikey_missing": (
        "Error Message",
        f"the parameter apikey is invalid or missing. Please claim your free API key on {_KEY_PAGE}. It should take less than 20 seconds.",
    ),
    "apikey_missing_2018": (
        "Error Message",
        (
            f"the parameter apikey is invalid or missing. Please claim your free API key on {_KEY_PAGE}. "
            "It should take less than 20 seconds, and is free permanently."
        ),
    ),
    "invalid_call": (
        "Error Message",
        "Invalid API call. Please retry or visit the documentation (https://www.alphavantage.co/documentation/) for {function}.",
    ),
    "invalid_call_2017": (
        "Error Message",
        "Invalid API call, please visit documentation (https://www.alphavantage.co/documentation/) for function: {function}",
    ),
    "unknown_function": ("Error Message", "This API function ({function}) does not exist."),
    "intraday_internal_error_2017": (
        "Error Message",
        (
            "The intraday time series encountered an internal or external error - we apologize for the inconvenience. If you would like to "
            "obtain the realtime stock quote for the current trading day, please refer to the latest data point of our DAILY and "
            "DAILY ADJUSTED functions (e.g., "
            "https://www.alphavantage.co/query?function=TIME_SERIES_DAILY&symbol=MSFT&apikey=demo | "
            "https://www.alphavantage.co/query?function=TIME_SERIES_DAILY_ADJUSTED&symbol=MSFT&apikey=demo)."
        ),
    ),
    # Nobody has seen this one: it stands for the wording of next year.
    "unknown_notice": ("Information", "We are upgrading our systems to serve you better. Please check back soon for your data."),
}

_HEROKU: Final = """<!DOCTYPE html>
<html>
  <head>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta charset="utf-8">
    <title>Application Error</title>
  </head>
  <body>
    <iframe src="//www.herokucdn.com/error-pages/application-error.html"></iframe>
  </body>
</html>"""
_MAINTENANCE: Final = "<!DOCTYPE html>\n<html><head><title>Alpha Vantage</title></head><body><h1>We will be right back.</h1></body></html>"
_ARTIFICIAL: Final = (
    "This is a premium endpoint. ***THE SAMPLE DATA SCHEMA BELOW IS ARTIFICIAL AND FOR ILLUSTRATION PURPOSES ONLY***. "
    "To access the actual data, please subscribe to any premium plan that mentions 'Realtime US Market Data' in its description at "
    f"{_PREMIUM} for your personal non-professional use. For professional/commercial use, "
    "please contact support at support@alphavantage.co."
)
_TRUNCATED: Final = """{
    "Meta Data": {
        "1. Information": "Daily Prices (open, high, low, close) and Volumes",
        "2. Symbol": "IBM\""""
_EARNINGS_HEADER: Final = "symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay"


def _pretty(value: object) -> bytes:
    return json.dumps(value, indent=4).encode()


def _artificial_quotes() -> bytes:
    rows = [
        {
            "symbol": symbol,
            "timestamp": "2024-10-18 19:59:55.291",
            "open": f"{price - 0.55:.2f}",
            "high": f"{price + 1.49:.3f}",
            "low": f"{price - 1.9:.4f}",
            "close": f"{price:.2f}",
            "volume": str(volume),
            "previous_close": f"{price - 1.44:.2f}",
            "change": "1.44",
            "change_percent": f"{144 / (price - 1.44):.4f}",
            "extended_hours_quote": f"{price - 0.06:.1f}",
            "extended_hours_change": "-0.06",
            "extended_hours_change_percent": f"{-6 / price:.5f}",
        }
        for symbol, price, volume in (("MSFT", 400.0, 17_000_001), ("AAPL", 200.0, 46_000_001), ("IBM", 230.0, 7_000_001))
    ]
    return _pretty({"endpoint": "Realtime Bulk Quotes", "message": _ARTIFICIAL, "data": rows})


_BODIES: Final[Mapping[str, tuple[int, str, bytes]]] = {
    "empty_object": (200, JSON_TYPE, b"{}"),
    "empty_global_quote": (200, JSON_TYPE, _pretty({"Global Quote": {}})),
    "empty_best_matches": (200, JSON_TYPE, _pretty({"bestMatches": []})),
    "drf_accept": (406, JSON_TYPE, _pretty({"detail": "Could not satisfy the request Accept header."})),
    "method_not_allowed": (405, JSON_TYPE, _pretty({"detail": 'Method "POST" not allowed.'})),
    "too_many_requests": (429, JSON_TYPE, _pretty({"detail": "Request was throttled."})),
    # The notice's key, one character a column, cut where the header ends: which limit it names is lost.
    "csv_notice_earnings_calendar": (200, CSV_TYPE, f"{_EARNINGS_HEADER}\r\nI,n,f,o,r,m,a\r\n".encode()),
    "heroku_503": (503, HTML_TYPE, _HEROKU.encode()),
    "http_503": (503, HTML_TYPE, _HEROKU.encode()),
    "http_500": (500, HTML_TYPE, b"<h1>Server Error (500)</h1>"),
    "html_200": (200, HTML_TYPE, _MAINTENANCE.encode()),
    "truncated": (200, JSON_TYPE, _TRUNCATED.encode()),
    "recorded-bulk-quotes-artificial": (200, JSON_TYPE, _artificial_quotes()),
}

REFUSALS: Final = frozenset(_NOTICES) | frozenset(_BODIES)
"""The name of every refusal that can be asked for."""


def refusal(
    name: str, *, function: str = "TIME_SERIES_DAILY", key: str = "XXXXXXXXXXXXXXXX", per_second: int = 5, per_day: int = 25
) -> Answer:
    """The answer that carries a refusal.

    Args:
        name: one of ``REFUSALS``.
        function: the one asked for, which some notices name.
        key: the caller's, which the notice of the day's quota echoes.
        per_second: what the premium notice states as the ceiling.
        per_day: what the notice of the day's quota states.
    """
    if name in _BODIES:
        status, content_type, body = _BODIES[name]
        return Answer(name, body, status, content_type)
    field, text = _NOTICES[name]
    return Answer(name, _pretty({field: text.format(function=function, key=key, per_second=per_second, per_day=per_day)}))


def limit_refusal(window: Window, limits: PlanLimits, *, key: str) -> Answer:
    """The notice with which a plan refuses a call that finds a window full."""
    if window == "day":
        return refusal("daily_quota_2024_now", key=key, per_day=limits.per_day or 0)
    if window == "minute":
        return refusal("premium_minute")
    return refusal("burst_free_2025_12") if limits.per_day else refusal("burst_premium", per_second=limits.per_second)
