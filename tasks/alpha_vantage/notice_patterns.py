"""Text patterns that identify the API's notices, in a fixed order.

The wording changes every year or two and the same notice has come under different keys, so a rule looks for the few words that stayed.
The order matters: the notice of the second advertises the plans with "25 requests per day", so the day comes after second and minute.
"""

import re
from typing import Final

from tasks.alpha_vantage.refusals import (
    AnswerForOtherClient,
    ArtificialRows,
    DemoKey,
    InvalidCall,
    KeyMissing,
    LegacyThrottle,
    LicenceMissing,
    MinuteThrottle,
    PremiumEndpoint,
    PremiumOutputSize,
    QuotaExhausted,
    Refusal,
    SecondThrottle,
    UnknownFunction,
    UpstreamTrouble,
)

_STATED_RATE: Final = re.compile(r"(\d+) (?:api )?(?:requests?|calls?) per second")

_RULES: Final[tuple[tuple[type[Refusal], re.Pattern[str]], ...]] = tuple(
    (refusal, re.compile(pattern))
    for refusal, pattern in (
        (DemoKey, r"api key is for demo purposes"),
        (KeyMissing, r"api ?key is (?:invalid|missing)"),
        (ArtificialRows, r"\bartificial\b"),
        (PremiumOutputSize, r"outputsize\b.* premium (?:feature|parameter)"),
        (LicenceMissing, r"not (?:yet )?entitled"),
        (PremiumEndpoint, r"\bis a premium (?:endpoint|feature|function)"),
        (SecondThrottle, rf"{_STATED_RATE.pattern}|more sparingly|second-level rate limit"),
        (MinuteThrottle, r"minute-level rate limit|^(?!.*per day).*(?:requests|calls) per minute"),
        (QuotaExhausted, r"^(?!.*per minute).*(?:(?:requests|calls) per day|daily (?:api )?(?:rate )?(?:limit|quota))"),
        (LegacyThrottle, r"calls per minute|api call (?:frequency|volume)"),
        (UpstreamTrouble, r"internal or external error"),
        (UnknownFunction, r"api function .*does not exist"),
        (InvalidCall, r"invalid api call"),
        (AnswerForOtherClient, r"request accept header"),
    )
)


def refusal_named_by(text: str) -> type[Refusal] | None:
    """The kind of refusal whose words a notice uses, or None for unknown text."""
    line = _line(text)
    return next((refusal for refusal, words in _RULES if words.search(line)), None)


def stated_rate(text: str) -> int | None:
    """The N of "N requests per second", or None."""
    found = _STATED_RATE.search(_line(text))
    return int(found[1][:6]) or None if found else None


def _line(text: str) -> str:
    return " ".join(text.split()).lower()
