"""Symbol renames: what ``deployments/symbol_renames.yaml`` says, and the table ``market.symbol_rename``, which follows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import yaml

from tasks.errors import WrongUsage
from tasks.warehouse.errors import StatementFailed
from tasks.warehouse.execution import WarehouseConnection, execute, fetch
from tasks.warehouse.server_errors import DRIVER_ERRORS, read_server_error
from tasks.warehouse.statements import statement

_RENAMES_FILE: Final = Path(__file__).resolve().parents[2] / "deployments" / "symbol_renames.yaml"

_ALWAYS: Final = date(1900, 1, 1)
_FORM: Final = "An entry is {from: FB, to: META, since: 2022-06-09}."


class BadRenames(WrongUsage):
    """The file of renames is invalid; nothing was changed."""


@dataclass(frozen=True, order=True)
class Rename:
    """One rename.

    Attributes:
        on: the first session under the new symbol.
        old: the symbol before.
        new: the symbol from then on.
    """

    on: date
    old: str
    new: str


@dataclass(frozen=True, order=True)
class LinkedRename:
    """A rename and the series it leads to: a row of ``market.symbol_rename``.

    Attributes:
        old_symbol: the symbol before.
        new_symbol: the symbol from then on.
        renamed_on: the first session under the new symbol.
        used_from: the session before which the old symbol was that of another series; 1900-01-01 where it was of none.
        series_symbol: the newest symbol of the series.
    """

    old_symbol: str
    new_symbol: str
    renamed_on: date
    used_from: date
    series_symbol: str


def renames_of_the_file() -> list[LinkedRename]:
    """The renames of this checkout.

    Raises:
        BadRenames: as :func:`read_renames`.
    """
    return read_renames(_RENAMES_FILE.read_text(encoding="utf-8"), "deployments/symbol_renames.yaml")


def read_renames(text: str, place: str) -> list[LinkedRename]:
    """Reads renames and links each to its series.

    Args:
        text: YAML with a list ``renames`` of ``{from, to, since}``.
        place: where it is from, for messages.

    Raises:
        BadRenames: it is no such list, a symbol is renamed twice on a day, or a rename leads nowhere.
    """
    try:
        document = yaml.safe_load(text)
        found = [Rename(each["since"], each["from"], each["to"]) for each in document["renames"] or ()]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise BadRenames(f"{place} is not a list of renames.", _FORM, {"cause": repr(error)}) from None
    for rename in found:
        symbols: list[Any] = [rename.old, rename.new]
        if type(rename.on) is not date or not all(isinstance(symbol, str) and symbol for symbol in symbols) or rename.old == rename.new:
            raise BadRenames(f"{place} has an invalid rename: {rename.old!r} to {rename.new!r} since {rename.on!r}.", _FORM)
    if len({(rename.old, rename.on) for rename in found}) < len(found):
        raise BadRenames(f"{place} renames a symbol twice on one day.", "Remove one of the entries.")
    return sorted(_linked(rename, found) for rename in found)


def apply_renames(connection: WarehouseConnection, renames: Sequence[LinkedRename]) -> bool:
    """Brings ``market.symbol_rename`` to the renames, in one transaction; nothing is written where it holds them already.

    Returns:
        Whether something was written.

    Raises:
        StatementFailed: the warehouse refused; the table is as it was.
    """
    wanted = sorted(tuple(vars(rename).values()) for rename in renames)
    try:
        if sorted(tuple(row) for row in fetch(connection, statement("symbol_rename", "held"))) == wanted:
            connection.rollback()
            return False
        execute(connection, statement("symbol_rename", "remove"))
        for row in wanted:
            execute(connection, statement("symbol_rename", "insert"), row)
        connection.commit()
    except DRIVER_ERRORS as error:
        connection.rollback()
        raise StatementFailed(
            f"The symbol renames were not written: {read_server_error(error).line}", "Run: tickerhouse migrate"
        ) from error
    return True


def _linked(rename: Rename, all_of_them: Sequence[Rename]) -> LinkedRename:
    earlier = [other.on for other in all_of_them if other.old == rename.old and other.on < rename.on]
    newest = rename
    while later := [other for other in all_of_them if other.old == newest.new and other.on > newest.on]:
        newest = min(later)
    return LinkedRename(rename.old, rename.new, rename.on, max(earlier, default=_ALWAYS), newest.new)
