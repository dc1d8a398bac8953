"""Requests for the source's adjusted series; the endpoint is premium, so the key's capabilities decide first."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from tasks.planning.bar_requests import COMPACT_SESSIONS, TRAILING_SESSIONS, sessions_after
from tasks.planning.capabilities import Capability, capability_name, is_known_allowed
from tasks.planning.inputs import PlanningInputs
from tasks.planning.requests import CallRequest
from tasks.records import Call, OutputSize, SymbolCoverage
from tasks.wording import counted

_SIZE_REFUSED: Final = "PremiumOutputSize"


def may_request(inputs: PlanningInputs, function: str) -> bool | None:
    """Whether the key may request the function at all; None if unknown."""
    full = capability_name(function, "full")
    may, may_full = (is_known_allowed(inputs.capabilities, name, inputs.now) for name in (function, full))
    if may is None and may_full is True:
        return True
    if may is None and may_full is False and inputs.capabilities[full].learnt_from != _SIZE_REFUSED:
        # It was the function that was refused; only its whole series had been requested.
        return False
    return may


def refused_capability(inputs: PlanningInputs, function: str) -> Capability:
    """The newest refusal of the function, with or without its whole series."""
    refused = [one for name, one in inputs.capabilities.items() if name.partition(" ")[0] == function and not one.may]
    return max(refused, key=lambda one: one.learnt_at)


def adjusted_requests(inputs: PlanningInputs, function: str, dataset: str) -> Iterator[CallRequest]:
    """The adjusted series of every symbol that lacks its due session.

    A compact answer is enough where the whole series was read before and no dividend or split came since: at each of those the source
    restates all earlier sessions.

    Args:
        inputs: what the plan follows from.
        function: the API function.
        dataset: the name of its coverage.
    """
    may_full = is_known_allowed(inputs.capabilities, capability_name(function, "full"), inputs.now)
    coverage, is_probe = inputs.coverage(dataset), may_request(inputs, function) is None
    for symbol in inputs.symbols:
        held, due = coverage.get(symbol), inputs.due[symbol]
        if held is not None and held.last_session >= due and (held.full_history_at is not None or may_full is False):
            continue
        missing = len(sessions_after(held.last_session, due, inputs.clock.exchange_of(symbol))) if held else 0
        size, reason = _size(held, missing, may_full=may_full)
        yield CallRequest(
            Call(function, symbol, {"outputsize": size}, reason),
            held.last_session if held else date.min,
            is_of_prices=True,
            is_probe=is_probe,
        )


def _size(held: SymbolCoverage | None, missing: int, *, may_full: bool | None) -> tuple[OutputSize, str]:
    behind = f"{counted(missing, 'session')} behind"
    if may_full is False:
        return "compact", behind if held else "never seen; the key may not ask for the whole series"
    if held is None:
        return "full", "never seen"
    if held.full_history_at is None:
        return "full", "a dividend or split came since the whole series was read"
    if missing > COMPACT_SESSIONS - TRAILING_SESSIONS:
        return "full", f"{behind}, more than compact reaches"
    return "compact", behind
