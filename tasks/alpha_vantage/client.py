"""The API client: sends one call, with rate limit and retries, and returns data or raises a typed refusal.

A temporary refusal is retried, with growing waits, until the time for one call is spent. The key is added here and taken
out of everything that leaves: httpx errors hold the request's URL, so none is ever chained to what is raised.
"""

import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from typing import Final

import httpx
from tenacity import RetryCallState, Retrying

from tasks.alpha_vantage.classify import recognise
from tasks.alpha_vantage.rate_limiter import RateLimiter
from tasks.alpha_vantage.refusals import (
    BodyTooLarge,
    ConnectionLost,
    KeyInAnswer,
    NotJson,
    Refusal,
    SecondThrottle,
    TimedOut,
    UnusableAddress,
)
from tasks.alpha_vantage.scrub import redact_key_in_logs, scrub
from tasks.records import Answer, Call, Scope

_log = logging.getLogger("tickerhouse.alpha_vantage")

# Short keys such as `demo` are words that data may hold; real keys have 16 characters.
_SHORTEST_DISTINCT_KEY: Final = 8
_MOST_DOUBLINGS: Final = 20


@dataclass(frozen=True)
class RetryPolicy:
    """How long to wait before and between retries, in seconds.

    Attributes:
        retry_wait: first backoff; doubles, with up to half of it as jitter on top.
        retry_wait_limit: longest single backoff.
        retry_total: no repeat begins later than this after a call's first request; a single request may take as long.
        minute_wait: wait after a refusal that names the minute.
    """

    retry_wait: float = 2.0
    retry_wait_limit: float = 60.0
    retry_total: float = 300.0
    minute_wait: float = 62.0


def _let_pass(call: Call) -> None:
    """Nobody counts the calls, and nothing stops them."""


def _pass_over(_refusal: Refusal) -> None:
    """Nobody wants to know of a refusal before the call is given up."""


@dataclass
class AlphaVantageClient:
    """One key's access to the API; may be used from several threads at once.

    Attributes:
        http: the HTTP client; its read timeout is the longest wait for the next bytes.
        api_url: the API's one address.
        body_limit: the longest body that is taken, in bytes, inflated; counted while it streams.
        api_key: the key; it is in no error, log line or answer.
        pace: when the next request may be sent.
        waits: how long refusals are waited for.
        now: the present instant, UTC and aware; stamps answers.
        clock: monotonic seconds; bounds the time of a call.
        sleep: waits for some seconds.
        random: a number from 0 to 1; spreads the waits.
        reserve: called before a request queues for its turn, retries included; what it raises ends the call.
        release: called when its turn has come, right before it is sent; what it raises ends the call, unsent.
    """

    http: httpx.Client
    _: KW_ONLY
    api_url: str
    api_key: str = field(repr=False)
    pace: RateLimiter
    waits: RetryPolicy = field(default_factory=RetryPolicy)
    now: Callable[[], datetime]
    body_limit: int = 64 << 20
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random
    reserve: Callable[[Call], None] = _let_pass
    release: Callable[[Call], None] = _let_pass

    def __post_init__(self) -> None:
        redact_key_in_logs(self.api_key)

    def fetch(self, call: Call, met: Callable[[Refusal], None] = _pass_over) -> Answer:
        """Retries until the answer is data or retrying is useless.

        Args:
            call: what to ask.
            met: told of every refusal, before it is decided whether the call is sent again; may widen its scope.

        Returns:
            The answer, recognised as the requested data, its body the exact bytes.

        Raises:
            Refusal: the last one met, with how many requests it took; its detail and body are scrubbed.
        """
        return _Fetch(self, call, met).run()


class _Fetch:
    """One call and what it has met so far."""

    def __init__(self, client: AlphaVantageClient, call: Call, met: Callable[[Refusal], None]) -> None:
        self._client = client
        self._call = call
        self._tell = met
        self._met: Counter[type[Refusal]] = Counter()
        self._attempts = 0
        self._deadline: float | None = None

    def run(self) -> Answer:
        retrying = Retrying(
            retry=self._is_worth_another_request,
            wait=self._wait,
            stop=self._is_out_of_time,
            before_sleep=self._announce,
            sleep=self._client.sleep,
            reraise=True,
        )
        return retrying(self._attempt)

    def _attempt(self) -> Answer:
        # Reserving may wait for the ledger; done before the turn, it takes nothing from the pace.
        self._client.reserve(self._call)
        self._client.pace.wait_turn()
        self._client.release(self._call)
        if self._deadline is None:  # queueing for the first turn is the batch's time, not this call's
            self._deadline = self._client.clock() + self._client.waits.retry_total
        self._attempts += 1
        # From its own start: a complete answer to a late repeat is an answer, however long the repeat queued for its turn.
        outcome = self._send(self._client.clock() + self._client.waits.retry_total)
        if isinstance(outcome, Answer):
            return outcome
        if isinstance(outcome, SecondThrottle) and outcome.calls_per_second:
            self._client.pace.learn(outcome.calls_per_second)
        outcome.attempts = self._attempts
        self._tell(outcome)
        self._met[type(outcome)] += 1
        if not outcome.may_be_retried(self._met[type(outcome)]):
            outcome.widen()
        raise outcome

    def _send(self, deadline: float) -> Answer | Refusal:
        """Sends one request. Returns refusals instead of raising them, so that none carries an httpx error as its context."""
        client = self._client
        query = {**self._call.query, "apikey": client.api_key}
        try:
            with client.http.stream("GET", client.api_url, params=query, headers={"Accept": "*/*"}, follow_redirects=False) as response:
                body = self._read(response, deadline)
        except httpx.TimeoutException as error:
            return self._trouble(TimedOut, error)
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            return self._trouble(UnusableAddress, error)
        except httpx.RequestError as error:
            return self._trouble(ConnectionLost, error)
        if isinstance(body, Refusal):
            return body
        if body is None:
            return TimedOut(self._call, f"the body was still coming after {client.waits.retry_total:g} s")
        return self._recognised(response, body)

    def _recognised(self, response: httpx.Response, body: bytes) -> Answer | Refusal:
        observed_at, key = self._client.now(), self._client.api_key
        content_type = scrub(response.headers.get("content-type", ""), key)
        refusal = recognise(self._call, response.status_code, content_type, body, key)
        if refusal is None and len(key) >= _SHORTEST_DISTINCT_KEY and key.encode() in body:
            refusal = KeyInAnswer(self._call, body=scrub(body, key))
        return refusal or Answer(self._call, body, response.status_code, content_type, observed_at, self._attempts)

    def _read(self, response: httpx.Response, deadline: float) -> bytes | Refusal | None:
        """The body, or None when a server that sends a little now and then has used up the call's time."""
        encoding = response.headers.get("content-encoding", "")
        if "," in encoding:
            # Packed twice, a few kilobytes become gigabytes before the limit is looked at.
            return NotJson(self._call, f"packed more than once: {encoding}")
        chunks, limit, size = [], self._client.body_limit, 0
        for chunk in response.iter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > limit:
                return BodyTooLarge(self._call, f"more than {limit:,} bytes")
            if self._client.clock() > deadline:
                return None
        return b"".join(chunks)

    def _trouble(self, refusal_type: type[Refusal], error: Exception) -> Refusal:
        return refusal_type(self._call, scrub(f"{type(error).__name__}: {error}", self._client.api_key))

    def _is_worth_another_request(self, state: RetryCallState) -> bool:
        refusal = _refusal(state)
        return refusal is not None and refusal.may_be_retried(self._met[type(refusal)])

    def _wait(self, state: RetryCallState) -> float:
        client, refusal = self._client, _refusal(state)
        if refusal is not None and refusal.scope is Scope.MINUTE:
            seconds = client.waits.minute_wait
        else:
            doublings = min(state.attempt_number - 1, _MOST_DOUBLINGS)
            seconds = min(client.waits.retry_wait_limit, client.waits.retry_wait * 2**doublings * (1 + client.random() / 2))
        return seconds

    def _is_out_of_time(self, state: RetryCallState) -> bool:
        return self._deadline is None or self._client.clock() + state.upcoming_sleep > self._deadline

    def _announce(self, state: RetryCallState) -> None:
        refusal = _refusal(state)
        if refusal is not None and refusal.scope in {Scope.SECOND, Scope.MINUTE}:
            self._client.pace.pause(state.upcoming_sleep)
        _log.info("%s Retrying in %.1f s (attempt %d).", refusal and refusal.fact, state.upcoming_sleep, state.attempt_number + 1)


def _refusal(state: RetryCallState) -> Refusal | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, Refusal) else None
