"""What a key may do, learnt from what the API answered, so that a premium refusal is paid for once a week and not once a call.

A capability is a function, or a function with an option that has its own price: ``TIME_SERIES_DAILY outputsize=full``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from tasks.planning.errors import BadCapabilities

PROBED_EVERY: Final = timedelta(days=7)
"""How long what was learnt is believed; plans and prices change."""

_VERSION: Final = 1


@dataclass(frozen=True)
class Capability:
    """What is known of one thing a key might do.

    Attributes:
        may: whether it may.
        learnt_at: when that was seen last, UTC.
        learnt_from: the refusal's name, or ``data``.
    """

    may: bool
    learnt_at: datetime
    learnt_from: str


Capabilities = Mapping[str, Capability]
NOTHING_KNOWN: Final[Capabilities] = MappingProxyType({})


def capability_name(function: str, output_size: str = "") -> str:
    """How a capability is named: the function, and ``outputsize=full`` where the whole history is asked of it."""
    return f"{function} outputsize=full" if output_size == "full" else function


def is_known_allowed(capabilities: Capabilities, name: str, now: datetime) -> bool | None:
    """Whether the key may; None where nobody knows, or what was learnt is a week old."""
    known = capabilities.get(name)
    return known.may if known is not None and now - known.learnt_at < PROBED_EVERY else None


def is_allowed(capabilities: Capabilities, name: str) -> bool:
    """Whether the key was last seen to be allowed something, however long ago."""
    known = capabilities.get(name)
    return known is not None and known.may


def was_allowed(capabilities: Capabilities, function: str) -> bool:
    """Whether the key was last seen to be allowed a function, however long ago; a refusal of it is then news."""
    return any(one.may for name, one in capabilities.items() if name.partition(" ")[0] == function)


def refused_words(what: str, refused: Capability) -> str:
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
        seen: by name, the refusal that said no, or ``data``.
        now: the present instant, UTC.
    """
    news = {
        name: Capability(learnt_from == "data", now, learnt_from)
        for name, learnt_from in seen.items()
        if is_known_allowed(capabilities, name, now) is not (learnt_from == "data")
    }
    return {**capabilities, **news} if news else capabilities


def to_json(capabilities: Capabilities) -> dict[str, Any]:
    """The capabilities as JSON-able values."""
    known = {
        name: {"may": one.may, "learnt_at": one.learnt_at.isoformat(), "learnt_from": one.learnt_from} for name, one in capabilities.items()
    }
    return {"version": _VERSION, "capabilities": known}


def from_json(stored: Mapping[str, Any]) -> Capabilities:
    """What ``to_json`` wrote; nothing stored is nothing known.

    Raises:
        BadCapabilities: something else is stored.
    """
    if not stored:
        return NOTHING_KNOWN
    try:
        _check_version(stored["version"])
        return {
            name: Capability(
                one["may"] is True,
                datetime.fromisoformat(one["learnt_at"]).astimezone(UTC),
                str(one["learnt_from"]),
            )
            for name, one in stored["capabilities"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadCapabilities(
            f"What is stored of the key's rights cannot be read ({type(error).__name__}: {error}).",
            "Delete its object under state/capabilities/; the next run learns it anew.",
        ) from error


def _check_version(version: Any) -> None:
    if version != _VERSION:
        msg = f"version {version!r}"
        raise ValueError(msg)
