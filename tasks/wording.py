"""How numbers, strings of the data and deployments are written in messages and pages."""

from typing import Final

_SHOWN: Final = 80


def counted(number: int, noun: str) -> str:
    """A number and its noun, as ``1 bar`` or ``1,234 bars``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def agreeing(number: float, one: str, many: str) -> str:
    """The verb that goes with a number: ``one`` with 1, else ``many``."""
    return one if number == 1 else many


def all_of(number: int, noun: str, one: str, many: str) -> str:
    """What is so of all, as ``all 3 symbols hold`` or ``the only symbol holds``."""
    return f"the only {noun} {one}" if number == 1 else f"all {counted(number, noun)} {many}"


def deployment_name(flow: str, environment: str) -> str:
    """The name of a flow's deployment as lists show it, as ``daily-prices-dev``; `prefect.yaml` gives it."""
    return f"{flow.replace('_', '-')}-{environment}"


def deployment_path(flow: str, environment: str) -> str:
    """A deployment as Prefect's API and commands name it, as ``daily_prices/daily-prices-dev``."""
    return f"{flow}/{deployment_name(flow, environment)}"


def count(number: int) -> str:
    """A number with separators, as ``1,234``."""
    return f"{number:,}"


def percent(share: float, apart_from: float = 0.0) -> str:
    """A share as people write it, with as many digits, at least two, as tell it apart from zero or from another share."""
    digits = next(digits for digits in range(2, 20) if share == apart_from or round(share * 100, digits) != round(apart_from * 100, digits))
    return f"{share * 100:.{digits}f}".rstrip("0").rstrip(".") + " %"


def shown(text: str) -> str:
    """A string of the data, cut where it is longer than a person reads."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"
