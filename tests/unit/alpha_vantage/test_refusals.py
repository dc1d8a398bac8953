import copy
import pickle
from collections.abc import Iterator

import pytest

from tasks.alpha_vantage import refusals
from tasks.alpha_vantage.refusals import EmptyAnswer, LegacyThrottle, PremiumOutputSize, QuotaExhausted, Refusal
from tasks.errors import TickerhouseError
from tasks.records import Call, RefusedCall, Scope

CALL = Call("TIME_SERIES_DAILY", "IBM", {"outputsize": "full"}, "never seen")
FAMILIES = {"Throttled", "NotEntitled", "KeyRefused", "CallRefused", "TransportTrouble"}


def all_kinds(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for kind in base.__subclasses__():
        yield kind
        yield from all_kinds(kind)


KINDS = [kind for kind in all_kinds() if kind.__name__ not in FAMILIES]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_tree_in_the_docstring_shows_every_refusal_with_its_scope(kind: type[Refusal]) -> None:
    (line,) = [line for line in (refusals.__doc__ or "").splitlines() if f"── {kind.__name__} " in line]
    assert line.split(kind.__name__)[1].split()[0] == str(kind.class_scope)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_refusal_is_one_line_with_fact_and_way_out(kind: type[Refusal]) -> None:
    refusal = kind(CALL, "their\n  words")
    assert isinstance(refusal, TickerhouseError)
    assert refusal.fact == f'TIME_SERIES_DAILY IBM: {kind.meaning} ("their words").'
    assert refusal.way_out
    assert "\n" not in str(refusal)


def test_a_refusal_is_handed_on_as_a_record() -> None:
    refusal = PremiumOutputSize(CALL, "a premium feature")
    refusal.attempts = 2
    assert refusal.as_record("rejected/x") == RefusedCall(
        call=CALL,
        name="PremiumOutputSize",
        scope=Scope.FUNCTION,
        detail="a premium feature",
        way_out=refusal.way_out,
        attempts=2,
        rejected_key="rejected/x",
    )
    assert refusal.fallback == "compact"
    assert QuotaExhausted(CALL).fallback is None


def test_long_words_are_cut() -> None:
    detail = QuotaExhausted(CALL, "word " * 200).detail
    assert len(detail) == 300
    assert detail.endswith("…")


def test_a_refusal_survives_pickling_and_copying_with_all_it_knows() -> None:
    refusal = LegacyThrottle(CALL, "5 calls per minute", b"{}")
    refusal.attempts = 3
    refusal.widen()
    for twin in (pickle.loads(pickle.dumps(refusal)), copy.copy(refusal)):  # noqa: S301 - our own bytes
        assert type(twin) is LegacyThrottle
        assert (twin.call, twin.detail, twin.body, twin.attempts, twin.scope) == (CALL, "5 calls per minute", b"{}", 3, Scope.DAY)
        assert str(twin) == str(refusal)


def test_how_often_a_call_is_repeated_follows_from_scope_or_class() -> None:
    """How often a call is asked again follows from the scope unless the class counts."""
    for kind in KINDS:
        if kind.extra_tries is None:
            passes = kind.class_scope in {Scope.SECOND, Scope.MINUTE, Scope.TRANSPORT}
            assert kind(CALL).may_be_retried(1_000_000) is passes
    assert [EmptyAnswer(CALL).may_be_retried(times) for times in (1, 2, 3)] == [True, True, False]


def test_only_function_key_and_day_stop_the_asking() -> None:
    assert {kind.__name__ for kind in KINDS if kind.class_scope.stops_calls} == {
        "QuotaExhausted",
        "PremiumEndpoint",
        "PremiumOutputSize",
        "LicenceMissing",
        "ArtificialRows",
        "DemoKey",
        "KeyMissing",
        "UnusableAddress",
        "UnknownFunction",
    }
