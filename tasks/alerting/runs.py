"""Alerts about one run that has ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tasks.alerting.alert import Alert, Example
from tasks.alerting.run_facts import RunFacts
from tasks.records import Status
from tasks.wording import agreeing, counted, percent

_NAMED = 8
_OF_BARS = frozenset({"daily_prices", "backfill"})
_FEWEST_RUNS = 5
_SAME_SIZE = 2.0
_HAS_A_COMMAND = frozenset({"corporate_actions", "listings", "quotes"})


@dataclass(frozen=True)
class Limits:
    """Thresholds of the alerts.

    Attributes:
        budget_warning: the share of the day's calls at or below which an alert is sent, 0 to 1.
        restated: from how many restated bars in one run an alert is sent.
        slow_factor: how many times its usual time a step may take.
        slow_seconds: and by how many seconds it must be longer than usual.
    """

    budget_warning: float = 0.2
    restated: int = 50
    slow_factor: float = 3.0
    slow_seconds: float = 60.0


@dataclass(frozen=True)
class EarlierRun:
    """How long an earlier run's steps took, and for how many calls."""

    calls_planned: int
    seconds: Mapping[str, float]


def alerts_of_run(run: RunFacts, earlier: Sequence[EarlierRun], limits: Limits) -> tuple[Alert, ...]:
    """All alerts about a run.

    Args:
        run: how it went.
        earlier: runs of the same flow that ended well, newest last.
        limits: thresholds of the alerts.
    """
    return (
        *_failed(run),
        *_gate_closed(run),
        *_warnings(run),
        *_budget(run, limits),
        *_premium(run),
        *_restated(run, limits),
        *_slow(run, earlier, limits),
    )


def evaluated_alerts(status: Status) -> frozenset[str]:
    """The standing alerts that a run of that status can say the end of: a run that broke says nothing about symbols."""
    if status is Status.FAILED:
        return frozenset({"run-failed"})
    if status is Status.GATE_CLOSED:
        return frozenset({"run-failed", "gate-closed"})
    seen = {"run-failed", "gate-closed", "budget-exhausted", "endpoint-premium"}
    return frozenset(seen if status is Status.QUOTA_EXHAUSTED else seen | {"completed-with-warnings"})


def _failed(run: RunFacts) -> Iterator[Alert]:
    if run.status is not Status.FAILED or run.premium:
        return
    fault = run.fault
    name, step = (fault.name, fault.step or "start") if fault else ("refused", "extract")
    first = run.missing[0].text if run.missing else "No call was answered."
    yield Alert(
        name="run-failed",
        cause=f"{name} in {step}",
        title=f"The run failed in step {step}",
        text=fault.fact if fault else first,
        facts={"Error": name, "Step": step, "Session": _session(run), "Symbols": str(run.symbol_count)},
        next_step=(fault.way_out if fault else run.next_step) or "Everything received is kept; run it again.",
        starts=run.flow,
        links=_links(run),
    )


def _gate_closed(run: RunFacts) -> Iterator[Alert]:
    if run.status is not Status.GATE_CLOSED:
        return
    what_next = "Nothing was loaded; everything received is kept. Open the verdict, and run it again once the source is correct."
    if run.flow in _HAS_A_COMMAND and run.fault and run.fault.way_out:
        # Other kinds of data of the same run were loaded, and its own words say which was not.
        what_next = run.fault.way_out
    yield Alert(
        name="gate-closed",
        cause="; ".join(sorted(run.reasons)) or (run.fault.fact if run.fault else "closed"),
        title=f"The gate closed{f' for session {run.session}' if run.session else f' for {run.flow}'}",
        text=run.fault.fact if run.fault else "Validation failed; see the verdict.",
        facts={
            "Quarantined": f"{counted(run.quarantined, _row(run))} ({percent(run.rate)}, limit {percent(run.limit)})",
            "Session": _session(run),
            **{f"Check: {reason}": counted(count, _row(run)) for reason, count in list(run.reasons.items())[:4]},
        },
        examples=run.bars[:_NAMED],
        more=max(0, run.quarantined - len(run.bars[:_NAMED])),
        next_step=what_next,
        command=f"tickerhouse open {run.run_id}",
        links=_links(run),
    )


def _warnings(run: RunFacts) -> Iterator[Alert]:
    if run.status is not Status.COMPLETED_WITH_WARNINGS:
        return
    missing = ", ".join(example.name for example in run.missing)
    count = len(run.missing)
    yield Alert(
        name="completed-with-warnings",
        cause=missing,
        title=f"{count} of {counted(run.symbol_count, 'symbol')} missing{f' for session {run.session}' if run.session else ''}",
        text="The run ended; everything else is loaded.",
        facts={"Missing": f"{count} of {run.symbol_count}", "Session": _session(run), "Quarantined": counted(run.quarantined, _row(run))},
        examples=run.missing[:_NAMED],
        more=max(0, count - _NAMED),
        next_step=run.next_step or "The next run requests them again.",
        starts=run.flow,
        symbols=tuple(example.name for example in run.missing),
        links=_links(run),
    )


def _budget(run: RunFacts, limits: Limits) -> Iterator[Alert]:
    facts = {"Sent in this run": str(run.calls_sent), "Left today": str(run.calls_left), "Day's limit": str(run.calls_per_day or "none")}
    if run.status is Status.QUOTA_EXHAUSTED:
        waiting, symbols = len(run.missing), counted(run.symbol_count, "symbol")
        yield Alert(
            name="budget-exhausted",
            cause="exhausted",
            title=f"The day's calls are used up; {counted(waiting, 'symbol')} {agreeing(waiting, 'is', 'are')} planned for the next day",
            text=f"Everything received is loaded. {waiting} of {symbols} {agreeing(waiting, 'follows', 'follow')}, stalest first.",
            facts=facts,
            examples=run.missing[:_NAMED],
            more=max(0, len(run.missing) - _NAMED),
            next_step=run.next_step or "Nothing to do today; premium plans (TICKERHOUSE_PLAN) have no daily limit.",
            links=_links(run),
        )
    elif run.calls_left is not None and run.calls_per_day and run.calls_left <= run.calls_per_day * limits.budget_warning:
        yield Alert(
            name="budget-nearly-used",
            cause="nearly used",
            title=f"{run.calls_left} of the day's {counted(run.calls_per_day, 'call')} {agreeing(run.calls_left, 'is', 'are')} left",
            text="A run that needs more than that today ends as QuotaExhausted, with the rest planned for the next day.",
            facts=facts,
            next_step="Keep further runs and backfills for tomorrow.",
            links=_links(run),
        )


def _premium(run: RunFacts) -> Iterator[Alert]:
    for function in dict.fromkeys(refusal.function for refusal in run.premium):
        refusal = next(refusal for refusal in run.premium if refusal.function == function)
        # Where a run asks several functions, each missing symbol says for which.
        shortened = tuple(Example(symbol, "latest sessions only, not the whole history") for symbol in refusal.shortened)
        named = tuple(example for example in run.missing if f"{function}: " in example.text) or run.missing
        costs = shortened or tuple(Example(example.name, "not requested") for example in named)
        yield Alert(
            name="endpoint-premium",
            cause=function,
            title=f"{function} is not in the key's plan{' for whole histories' if refusal.is_of_histories else ''}",
            text=refusal.detail,
            facts={"Function": function, "Affected symbols": str(len(costs))},
            examples=costs[:_NAMED],
            more=max(0, len(costs) - _NAMED),
            next_step=refusal.way_out,
            links=_links(run),
        )


def _restated(run: RunFacts, limits: Limits) -> Iterator[Alert]:
    if run.changed >= limits.restated:
        yield Alert(
            name="many-restated",
            cause="restated",
            title=f"The source restated {counted(run.changed, 'bar')}",
            text="Their former values are kept in market.fact_daily_price_revision.",
            facts={
                "Restated": f"{run.changed:,} of {counted(run.staged, 'row')}",
                "Symbols": _counted(run.restated),
                "Session": _session(run),
            },
            next_step="Check whether a split or a correction explains it.",
            command='tickerhouse sql "select * from market.fact_daily_price_revision order by superseded_at desc limit 20"',
            links=_links(run),
        )


def _counted(symbols: Mapping[str, int]) -> str:
    named = [f"{symbol} {count:,}" for symbol, count in list(symbols.items())[:_NAMED]]
    return ", ".join([*named, *([f"and {len(symbols) - _NAMED} more"] if len(symbols) > _NAMED else [])]) or "unknown"


def _slow(run: RunFacts, earlier: Sequence[EarlierRun], limits: Limits) -> Iterator[Alert]:
    alike = [past for past in earlier if _is_alike(past.calls_planned, run.calls_planned)]
    for step, seconds in run.seconds.items():
        times = [past.seconds[step] for past in alike if step in past.seconds]
        if len(times) < _FEWEST_RUNS:
            continue
        usual = median(times)
        if seconds > usual * limits.slow_factor and seconds - usual > limits.slow_seconds:
            yield Alert(
                name="slow-step",
                cause=step,
                title=f"Step {step} took {seconds:,.0f} s; the median is {usual:,.0f} s",
                text=f"The median is of the last {counted(len(times), 'run')} of similar size.",
                facts={"Step": step, "Took": f"{seconds:,.1f} s", "Usual": f"{usual:,.1f} s", "Calls": str(run.calls_planned)},
                next_step="Check the run's log for waits on the API or the warehouse.",
                links=_links(run),
            )


def _is_alike(calls: int, than: int) -> bool:
    return max(calls, than) <= _SAME_SIZE * max(1, min(calls, than))


def _session(run: RunFacts) -> str:
    return run.session.isoformat() if run.session else "not known"


def _links(run: RunFacts) -> dict[str, str]:
    return {**run.pages, "Run": run.flow_run}


def _row(run: RunFacts) -> str:
    return "bar" if run.flow in _OF_BARS else "row"
