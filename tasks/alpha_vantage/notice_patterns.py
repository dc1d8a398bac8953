"""Recognises the refusals of the API by what their text states: a number of requests, a premium plan, a contact address.

The wording changes every year or two and the same notice has come under different keys, so no rule holds a whole sentence. The order
matters: the notice of the second advertises the plans with "25 requests per day", so the day comes after second and minute.
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
    TooManyRequests,
    UnknownFunction,
    UnknownNotice,
    UpstreamTrouble,
)

_LONGEST: Final = 4000
"""Characters; notices have 300."""

_TIME: Final = r"(?:sec|min|hour|day|week|month|year|quarter|decade)"
_CALLS: Final = r"(?:requests?|reqs?|calls?|quer(?:y|ies)|hits|credits?)"
_LIMIT: Final = r"(?:limits?|quota|allowance|allotment|caps?)"
_NUMBER: Final = rf"\d[\d,]*(?![\d,]*[- ]?{_TIME})"
"""A number of something; "30 minutes a day" is none of requests."""
_NOW: Final = rf"\b{_CALLS} (?:(?:in|during|for) )?(?:this|the current)"
_WORDS: Final = rf"(?:[ -](?!{_TIME})\w+){{0,4}}?"
_EVERY: Final = (
    r"\s*(?:(?:\b(?:per|an?|each|every|in|within|during)\b)(?: (?:any|a|one|the|last|same|each|single|calendar|1|your))*[ -]?|/ ?)\s*"
)


def _rate(unit: str, more: str) -> str:
    """A pattern of what a text says of the requests in a unit of time: how many there may be, or that there is a limit of them."""
    counted = rf"(?:\b{_CALLS}|\b{_LIMIT}|\b{_NUMBER})\b{_WORDS}{_EVERY}{unit}\b"
    limited = rf"\b(?:(?:per|a|one)[ -])?{unit}(?:[ -]level)?(?:[ -]\w+){{0,2}}? (?:{_LIMIT})\b"
    return rf"(?:{counted}|{limited}|{more})"


_SECOND: Final = _rate(
    r"(?:seconds?|sec)",
    rf"\b[rq]ps\b|(?:\d|\b{_CALLS}) ?/ ?s\b|more sparingly|\b{_CALLS}\b{_WORDS} (?:one|a|1) sec(?:ond)? apart\b|{_NOW} second\b"
    rf"|\b(?:one|a|1) sec(?:ond)? between (?:\w+ ){{0,2}}{_CALLS}\b",
)
_MINUTE: Final = _rate(r"(?:minutes?|min|60 ?s(?:econds|ec)?)", rf"\b[rq]pm\b|{_NOW} minute\b")
_DAY: Final = _rate(
    r"(?:day|daily|24[ -]?h(?:ours?)?)",
    rf"\b(?:{_CALLS}|{_LIMIT})\b{_WORDS} (?:daily|today|for the day)\b|\bdaily (?:\w+ ){{0,2}}{_CALLS}\b|\b[rq]pd\b|\d ?/ ?d\b"
    rf"|\btoday'?s (?:\w+ ){{0,2}}(?:{_CALLS}|{_LIMIT})\b",
)
_STATED_RATE: Final = re.compile(rf"(\d+){_WORDS}(?:{_EVERY}(?:second|sec)| ?/ ?s)\b|(\d+) ?[rq]ps\b")

_FAST: Final = (
    rf"\btoo many (?:\w+ ){{0,2}}{_CALLS}\b|\bthrottl(?:ed|ing|e)\b|\brate[ -]?limit|\bslow down\b"
    rf"|\b{_CALLS}\b(?: \w+){{0,3}}? too (?:fast|quickly|often|frequent(?:ly)?)\b"
)
_SPENT: Final = r"(?:reached|exceed(?:s|ed|ing)?|exhausted|used up|spent|hit)"
_USED_UP: Final = rf"\bquota\b|\b{_LIMIT}\b(?: \w+){{0,4}}? {_SPENT}\b|\b{_SPENT}\b(?: \w+){{0,4}}? {_LIMIT}\b"
"""A limit without its unit of time: nobody can tell when it ends, so no quota of the day is claimed."""

_KEY: Final = r"(?<!premium )(?<!paid )api[ _-]?key(?: (?:that )?(?:you )?(?:have )?(?:parameter|value|provided|supplied|given|used|sent))?"
_WRONG: Final = (
    r"(?:invalid|not valid|incorrect|missing|empty|blank|required|not found|unknown|expired|revoked|disabled|deactivated|inactive|suspended"
    r"|not recogni[sz]ed)"
)
_PAID: Final = r"(?:premium|paid|paying|subscribers?)"
_PLAN: Final = r"(?:plan|key|tier|subscription|package)"

_RULES: Final[tuple[tuple[type[Refusal], re.Pattern[str]], ...]] = tuple(
    (refusal, re.compile(pattern))
    for refusal, pattern in (
        (DemoKey, r"api key is for demo purposes"),
        (KeyMissing, rf"\b{_KEY} (?:(?:is|was|has been) )?{_WRONG}"),
        (KeyMissing, rf"\b(?:invalid|missing|unknown|bad|wrong|incorrect|no valid|provide an?(?: valid)?) {_KEY}\b"),
        (ArtificialRows, r"\bartificial\b"),
        (PremiumOutputSize, rf"\boutput ?size\b.*\b{_PAID}\b|\b{_PAID}\b.*\boutput ?size\b"),
        (LicenceMissing, r"not (?:yet )?entitled"),
        (PremiumEndpoint, r"\bis an? (?:premium|paid) (?:\w+ )?(?:endpoint|feature|function)"),
        (PremiumEndpoint, rf"\b(?:only|requires?|reserved for|exclusive to)\b(?: \w+){{0,4}} {_PAID}\b|\b{_PAID}(?: \w+){{0,2}} only\b"),
        (SecondThrottle, _SECOND),
        (MinuteThrottle, rf"minute-level rate limit|^(?!.*{_DAY}).*{_MINUTE}"),
        (QuotaExhausted, rf"^(?!.*{_MINUTE}).*{_DAY}"),
        (LegacyThrottle, rf"{_MINUTE}|api call (?:frequency|volume)"),
        (TooManyRequests, _FAST),
        (UnknownNotice, _USED_UP),
        (UpstreamTrouble, r"\binternal (?:\w+ ){0,3}error\b|temporarily unavailable"),
        (UnknownFunction, r"api function .*does not exist"),
        (InvalidCall, r"invalid api call|\b(?:unknown|invalid|unsupported|no such|not a valid) (?:symbol|ticker)"),
        (InvalidCall, r"\b(?:no (?:data|results?)|(?:could not|couldn't|cannot|can't) find)\b(?: \w+){0,3} (?:symbol|ticker)\b"),
        (InvalidCall, r"\b(?:symbol|ticker)(?: \S+)? (?:was |is )?(?:not found|not supported|unknown|invalid)"),
        (AnswerForOtherClient, r"request accept header"),
        (LegacyThrottle, r"\S+@\S+\.\w"),
        (PremiumEndpoint, rf"\b{_PAID}\b|\bplease upgrade|\bupgrade (?:required|your|to)\b|\bsubscri(?:be|ption)\b"),
        (PremiumEndpoint, rf"\b{_PLAN} does(?: not|n't) (?:include|cover|allow|permit|support|have|give)"),
        (PremiumEndpoint, rf"\bnot (?:a )?\w+ (?:of|in|by|on|with|under|for) (?:your|the|this) (?:\w+ )?{_PLAN}"),
        (LegacyThrottle, r"\bcontact (?:us|support|sales|our)\b"),
    )
)


def refusal_named_by(text: str) -> type[Refusal] | None:
    """The kind of refusal whose words a notice uses, or None for unknown text; ``UnknownNotice`` for a limit of an unknown time."""
    line = _line(text)
    return next((refusal for refusal, words in _RULES if words.search(line)), None)


def stated_rate(text: str) -> int | None:
    """The N of "N requests per second", or None."""
    found = _STATED_RATE.search(_line(text))
    return int((found[1] or found[2])[:6]) or None if found else None


def _line(text: str) -> str:
    return " ".join(text[:_LONGEST].split()).lower()
