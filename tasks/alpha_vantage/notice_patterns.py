"""Text patterns that identify the API's notices, in a fixed order.

The wording changes every year or two and the same notice has come under different keys, so a rule looks for the few words that stayed.
The order matters: the notice of the second advertises the plans with "25 requests per day", so the day comes after second and minute.
Rules go by the kind of statement: so many requests a second, minute or day; a contact address; a premium plan.
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

_EVERY: Final = r"\s*(?:\bper\b|\ba\b|\beach\b|\bevery\b|/)\s*"
_REQUESTS: Final = rf"(?:\brequests?|\bcalls?|\d)(?:\s+\w+){{0,3}}?{_EVERY}"
_STATED_RATE: Final = re.compile(rf"(\d+)(?:\s+\w+){{0,3}}?{_EVERY}second")

_RULES: Final[tuple[tuple[type[Refusal], re.Pattern[str]], ...]] = tuple(
    (refusal, re.compile(pattern))
    for refusal, pattern in (
        (DemoKey, r"api key is for demo purposes"),
        (KeyMissing, r"api ?key is (?:invalid|missing)"),
        (ArtificialRows, r"\bartificial\b"),
        (PremiumOutputSize, r"outputsize\b.* premium (?:feature|parameter)"),
        (LicenceMissing, r"not (?:yet )?entitled"),
        (PremiumEndpoint, r"\bis a premium (?:endpoint|feature|function)"),
        (SecondThrottle, rf"{_REQUESTS}second|more sparingly|second-level rate limit"),
        (MinuteThrottle, rf"minute-level rate limit|^(?!.*{_EVERY}day)(?!.*\bdaily\b).*{_REQUESTS}minute"),
        (QuotaExhausted, rf"^(?!.*{_EVERY}minute).*(?:{_REQUESTS}day|daily (?:\w+ ){{0,2}}(?:limit|quota))"),
        (LegacyThrottle, rf"{_REQUESTS}minute|api call (?:frequency|volume)"),
        (UpstreamTrouble, r"internal or external error"),
        (UnknownFunction, r"api function .*does not exist"),
        (InvalidCall, r"invalid api call"),
        (AnswerForOtherClient, r"request accept header"),
        (LegacyThrottle, r"\S+@\S+\.\w"),
        (PremiumEndpoint, r"\bpremium\b|\b(?:upgrade|paid) (?:\w+ )?(?:plan|key|subscription)|\bsubscri(?:be|ption)\b"),
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
