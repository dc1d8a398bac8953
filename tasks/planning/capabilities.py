"""What a key's plan includes, learnt from responses, so that a premium refusal costs one call a week.

A capability is a function, or a function with an option that has its own price: ``TIME_SERIES_DAILY outputsize=full``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tasks.records import Instant

PROBED_EVERY: Final = timedelta(days=7)
"""How long what was learnt is believed; plans and prices change."""


@dataclass(frozen=True)
class Capability:
    """What is known of one thing a key might do.

    Attributes:
        may: whether it may.
        learnt_at: when that was seen last, UTC.
        learnt_from: the refusal's name, or ``data``.
    """

    may: bool
    learnt_at: Instant
    learnt_from: str


Capabilities = Mapping[str, Capability]
NOTHING_KNOWN: Final[Capabilities] = {}


def capability_name(function: str, output_size: str = "") -> str:
    """How a capability is named: the function, and ``outputsize=full`` for the whole history."""
    return f"{function} outputsize=full" if output_size == "full" else function


def is_known_allowed(capabilities: Capabilities, name: str, now: datetime) -> bool | None:
    """Whether the key may; None if unknown, or learnt more than a week ago."""
    known = capabilities.get(name)
    return known.may if known is not None and now - known.learnt_at < PROBED_EVERY else None


def is_allowed(capabilities: Capabilities, name: str) -> bool:
    """Whether the key was last seen to be allowed something, however long ago."""
    known = capabilities.get(name)
    return known is not None and known.may


def was_allowed(capabilities: Capabilities, function: str) -> bool:
    """Whether the key was last seen to be allowed a function, however long ago; a refusal of it is then news."""
    return any(one.may for name, one in capabilities.items() if name.partition(" ")[0] == function)


def refusal_text(what: str, refused: Capability) -> str:
    """That something is not requested because the key was refused it, and when it is tried again."""
    again = refused.learnt_at + PROBED_EVERY
    return (
        f"{what} {'are' if what.endswith('s') else 'is'} not requested: the key was refused on {refused.learnt_at:%Y-%m-%d} "
        f"({refused.learnt_from}). The next try is after {again:%Y-%m-%d}, or after `tickerhouse plan --probe`."
    )


def learn(capabilities: Capabilities, seen: Mapping[str, str], now: datetime) -> Capabilities:
    """The capabilities after a run; what is known and fresh already stays as it is, so that equal means nothing to write.

    Args:
        capabilities: what was known before.
        seen: by name, the refusal, or ``data``.
        now: the present instant, UTC.
    """
    news = {
        name: Capability(learnt_from == "data", now, learnt_from)
        for name, learnt_from in seen.items()
        if is_known_allowed(capabilities, name, now) is not (learnt_from == "data")
    }
    return {**capabilities, **news} if news else capabilities
