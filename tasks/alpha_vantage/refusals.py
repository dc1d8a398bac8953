"""The refusals of the API as an exception tree; each has a scope, and the scope alone decides what happens next.

::

    Refusal                        scope      what happens
    ├── Throttled
    │   ├── SecondThrottle         second     retried with backoff; the stated rate is learnt
    │   ├── MinuteThrottle         minute     retried after a minute
    │   ├── TooManyRequests        minute     HTTP 429, or a rate without its unit of time
    │   ├── LegacyThrottle         minute     ambiguous: one minute, and when it comes again, day
    │   └── NoticeInCsv            minute     text lost: one minute, and when it comes again, function
    ├── QuotaExhausted             day        no call is sent until the day has ended
    ├── NotEntitled
    │   ├── PremiumEndpoint        function   this key may not call the function
    │   ├── PremiumOutputSize      function   nor this parameter; the caller may fall back to compact
    │   ├── LicenceMissing         function   nor read data under an exchange licence
    │   └── ArtificialRows         function   the same, with made-up rows beside it
    ├── KeyRefused
    │   ├── DemoKey                key        the key is `demo`
    │   ├── KeyMissing             key        no key arrived
    │   └── UnusableAddress        key        the address itself cannot be called
    ├── CallRefused
    │   ├── UnknownFunction        function   the function does not exist
    │   ├── InvalidCall            symbol     symbol unknown, or its history is broken at the source
    │   ├── WrongSymbol            symbol     an answer for another symbol
    │   ├── EmptyAnswer            symbol     no row; retried twice
    │   ├── WrongShape             symbol     neither data nor notice
    │   ├── UpstreamTrouble        request    lasts hours, so it is not retried now
    │   ├── AnswerForOtherClient   request    HTTP 406
    │   ├── HttpStatus             request    any other status that is not 200
    │   ├── BodyTooLarge           symbol     larger than the limit of a body
    │   ├── KeyInAnswer            request    data with the key in it are not stored
    │   └── UnknownNotice          request    unknown text; retried once
    └── TransportTrouble
        ├── ServerTrouble          transport  5xx
        ├── HtmlPage               transport  a page instead of data
        ├── Truncated              transport  the body ends too early
        ├── NotJson                transport  the body cannot be read
        ├── ConnectionLost         transport  no answer, or half of one
        └── TimedOut               transport  none in time

``second``, ``minute`` and ``transport`` are retried until the time for one call is spent; then the call alone is given up.
``request`` and ``symbol`` cost only themselves. ``function``, ``key`` and ``day`` stop further calls.
"""

from collections.abc import Callable
from typing import ClassVar, Final

from tasks.errors import TickerhouseError
from tasks.records import Call, OutputSize, RefusedCall, Scope

_PASSING: Final = frozenset({Scope.SECOND, Scope.MINUTE, Scope.TRANSPORT})


class Refusal(TickerhouseError):
    """An answer that is not data.

    Args:
        call: the call, without the key.
        detail: the API's own words or what is known of the trouble; scrubbed before it is raised.
        body: the scrubbed body, or None where none arrived.

    Attributes:
        scope: how far it reaches; starts as the class's and widens where the same refusal comes again.
        attempts: how many requests were sent for the call, this one included.
    """

    meaning: ClassVar[str] = "the API refused"
    remedy: ClassVar[str] = ""
    class_scope: ClassVar[Scope] = Scope.REQUEST
    extra_tries: ClassVar[int | None] = None
    """How often it is retried at most; None: as the scope says (without a count where it passes by itself, else never)."""
    scope_when_repeated: ClassVar[Scope | None] = None
    """The scope after the last of ``extra_tries``; None: unchanged."""
    detail_length: ClassVar[int] = 300
    """How much of the API's words is shown."""
    likely_cause: ClassVar[str] = "the request itself, not its symbol."
    """Why every call of a run would end so."""
    fallback: ClassVar[OutputSize | None] = None
    """The output size that the key may still ask for; whether it is used is the caller's configuration."""

    def __init__(self, call: Call, detail: str = "", body: bytes | None = None) -> None:
        self.call = call
        self.detail = shortened(detail, self.detail_length)
        self.body = body
        self.scope = self.class_scope
        self.attempts = 1
        subject = " ".join(part for part in (call.function, call.symbol) if part)
        fact = f"{subject}: {self.meaning}" + (f' ("{self.detail}").' if self.detail else ".")
        super().__init__(fact, self.remedy, {"scope": str(self.scope), "detail": self.detail})

    def __reduce__(self) -> tuple[Callable[..., "Refusal"], tuple[Call, str, bytes | None], dict[str, object]]:
        """Pickles by what it was made of; an exception's default would hand the finished sentence to ``call``."""
        return type(self), (self.call, self.detail, self.body), {"scope": self.scope, "attempts": self.attempts}

    def may_be_retried(self, times_met: int) -> bool:
        """Whether the call is worth another request now.

        Args:
            times_met: how often this kind of refusal has met this call, this one included.
        """
        if self.extra_tries is None or self.scope.stops_calls:
            return self.scope in _PASSING
        return times_met <= self.extra_tries

    def widen(self) -> None:
        """Gives the refusal the scope it has once retrying did not help."""
        if self.scope_when_repeated is not None:
            self.scope = self.scope_when_repeated
            self.evidence["scope"] = str(self.scope)

    def stop_all(self, calls: int) -> None:
        """Gives the refusal the scope of the key, because each of a run's first calls ended so."""
        self.scope, self.evidence["scope"] = Scope.KEY, str(Scope.KEY)
        self.way_out = f"Each of the first {calls} calls ended so, and no more are sent. Likely cause: {self.likely_cause} {self.remedy}"

    def as_record(self, rejected_key: str = "") -> RefusedCall:
        """The refusal as data for summary and messages.

        Args:
            rejected_key: the S3 key of the stored body, empty where it was not stored.
        """
        return RefusedCall(
            call=self.call,
            name=type(self).__name__,
            scope=self.scope,
            detail=self.detail,
            way_out=self.way_out,
            attempts=self.attempts,
            rejected_key=rejected_key,
        )


def shortened(text: str, length: int = 300) -> str:
    """The text on one line, cut at a number of characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


class Throttled(Refusal):
    """Too many calls in a short while; passes by itself."""

    class_scope = Scope.MINUTE


class SecondThrottle(Throttled):
    """Too many calls in one second. Its text names the 25 requests of the day as well, which is advertising.

    Attributes:
        calls_per_second: the rate its text states, or None.
    """

    meaning = "too many calls within a second"
    remedy = "Ask more slowly: TICKERHOUSE_PLAN must be the plan of the key, and no other program may use the key at the same time."
    class_scope = Scope.SECOND
    calls_per_second: int | None = None


class MinuteThrottle(Throttled):
    """Too many calls in one minute."""

    meaning = "too many calls within a minute"
    remedy = "TICKERHOUSE_PLAN must be the plan of the key, and no other program may use the key at the same time."


class TooManyRequests(Throttled):
    """HTTP 429, or words of a rate without its unit of time; a gateway in between may send either."""

    meaning = "too many requests"
    remedy = "Run again later."


class LegacyThrottle(Throttled):
    """The texts of 2018 to 2023 and of premium keys, which do not distinguish the minute from the day."""

    meaning = "a limit of the minute or of the day"
    remedy = "Run again when the day has ended."
    extra_tries = 1
    scope_when_repeated = Scope.DAY


class NoticeInCsv(Throttled):
    """A notice written into CSV, one character a column, so that its text is lost.

    After a minute it was no throttle; what it was the next JSON answer of another function tells, so only this function stops.
    """

    meaning = "a notice inside CSV, its text lost"
    remedy = "Run again later; a JSON endpoint names the limit."
    extra_tries = 1
    scope_when_repeated = Scope.FUNCTION


class QuotaExhausted(Refusal):
    """The calls of the day are spent. Its text echoes the API key."""

    meaning = "the day's calls are used up"
    remedy = "Run again after the later of midnight UTC and midnight in New York."
    class_scope = Scope.DAY


class NotEntitled(Refusal):
    """The key's plan does not cover the call; retrying never helps."""

    meaning = "the key's plan does not cover it"
    remedy = "Use a key whose plan covers it (https://www.alphavantage.co/premium/)."
    class_scope = Scope.FUNCTION


class PremiumEndpoint(NotEntitled):
    """The function is for premium keys."""

    meaning = "the function is for premium keys"


class PremiumOutputSize(NotEntitled):
    """The function is free and the parameter ``outputsize=full`` is not; the latest 100 sessions still are."""

    meaning = "outputsize=full is for premium keys"
    remedy = "Use a premium key; `tickerhouse run --output-size compact` loads the latest 100 sessions."
    fallback = "compact"


class LicenceMissing(NotEntitled):
    """The data stand under an exchange's licence that the key does not have."""

    meaning = "the key is not entitled to licensed data"


class ArtificialRows(NotEntitled):
    """A premium refusal with made-up rows of the right form beside it."""

    meaning = "the rows are artificial"


class KeyRefused(Refusal):
    """The key or the address is wrong; every call would meet the same answer."""

    meaning = "the key was refused"
    remedy = "Set ALPHAVANTAGE_API_KEY."
    class_scope = Scope.KEY


class DemoKey(KeyRefused):
    """The key is ``demo``, which answers the documentation's own examples only."""

    meaning = "the demo key answers nothing but the documentation's examples"
    remedy = "Claim a free key at https://www.alphavantage.co/support/#api-key and set ALPHAVANTAGE_API_KEY."


class KeyMissing(KeyRefused):
    """No key arrived. A mistyped key is never reported: any string that is not empty is taken."""

    meaning = "the API key is missing"
    remedy = "Set ALPHAVANTAGE_API_KEY, or TICKERHOUSE_API_KEY_SECRET to the secret that holds it."


class UnusableAddress(KeyRefused):
    """The address of the API cannot be called at all."""

    meaning = "the address cannot be called"
    remedy = "Set TICKERHOUSE_API_URL to https://www.alphavantage.co/query."


class CallRefused(Refusal):
    """The API refused this one call; others may succeed."""


class UnknownFunction(CallRefused):
    """The function does not exist: our mistake, or the API dropped it."""

    meaning = "the API knows no such function"
    remedy = "See https://www.alphavantage.co/documentation/ for its new name."
    class_scope = Scope.FUNCTION


class InvalidCall(CallRefused):
    """The symbol is unknown, or its history is broken at the source, so a symbol is never dropped for it."""

    meaning = "the API calls the request invalid"
    remedy = "Check the symbol against LISTING_STATUS; the next run requests a known symbol again."
    likely_cause = "the watchlist spells symbols as another vendor does, or TICKERHOUSE_API_URL leads elsewhere."
    class_scope = Scope.SYMBOL


class WrongSymbol(CallRefused):
    """The body is another symbol's."""

    meaning = "the answer is for another symbol"
    remedy = "Check the symbol's spelling against LISTING_STATUS."
    likely_cause = "a proxy or a cache answers all calls alike."
    class_scope = Scope.SYMBOL


class EmptyAnswer(CallRefused):
    """No row: unknown, delisted, or one of the API's passing false empties, so it is retried twice."""

    meaning = "the answer holds no row"
    remedy = "Check whether the symbol is still listed; the next run asks again."
    likely_cause = "the API has no data for the moment, or none of these symbols is listed."
    class_scope = Scope.SYMBOL
    extra_tries = 2


class WrongShape(CallRefused):
    """Neither the endpoint's data nor a notice, e.g. because a column vanished."""

    meaning = "the answer does not have the shape of this function's data"
    remedy = "Compare the rejected body with the endpoint's module in tasks/alpha_vantage."
    likely_cause = "the API changed the shape of this function's data."
    class_scope = Scope.SYMBOL


class UpstreamTrouble(CallRefused):
    """A fault of the API with this one call; it may last hours."""

    meaning = "the API has trouble of its own with it"
    remedy = "The next run asks again."


class AnswerForOtherClient(CallRefused):
    """HTTP 406: the API does not serve what the Accept header names."""

    meaning = "the API cannot satisfy the Accept header"
    remedy = "A proxy in between changes headers; the client sends Accept: */*."


class HttpStatus(CallRefused):
    """A status other than 200 that no other class names; redirects among them, which are not followed because the URL holds the key."""

    meaning = "an HTTP status other than 200"
    remedy = "Check TICKERHOUSE_API_URL and any proxy in between."


class BodyTooLarge(CallRefused):
    """The body is larger than any answer is; it was not read to its end."""

    meaning = "the answer is too large"
    remedy = "If it is sound, raise TICKERHOUSE_BODY_LIMIT."
    class_scope = Scope.SYMBOL


class KeyInAnswer(CallRefused):
    """Data that hold the API key; stored bodies are exact, so it is not stored."""

    meaning = "the answer holds the API key"
    remedy = "The next run asks again; the scrubbed body is under rejected/."


class UnknownNotice(CallRefused):
    """An unknown notice; never loaded, retried once."""

    meaning = "an unknown notice"
    detail_length = 2000
    remedy = "Read the notice; if it is a new wording, add it to tasks/alpha_vantage/notice_patterns.py."
    extra_tries = 1


class TransportTrouble(Refusal):
    """What lies between us and the data; passes by itself."""

    remedy = "Run again later; check the network if it stays."
    class_scope = Scope.TRANSPORT


class ServerTrouble(TransportTrouble):
    """HTTP 5xx."""

    meaning = "the server is in trouble"


class HtmlPage(TransportTrouble):
    """A page for people instead of data."""

    meaning = "an HTML page instead of data"


class Truncated(TransportTrouble):
    """The body ends before it is complete."""

    meaning = "the body ends too early"


class NotJson(TransportTrouble):
    """The body cannot be read."""

    meaning = "the body is not JSON"
    extra_tries = 2


class ConnectionLost(TransportTrouble):
    """No answer, or half of one."""

    meaning = "the connection failed"


class TimedOut(TransportTrouble):
    """No answer in time."""

    meaning = "no answer in time"
