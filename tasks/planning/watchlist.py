"""Reads the watchlist: the symbols to load, as YAML; an invalid entry is refused with its line.

::

    exchange: XNYS              # optional, for every entry whose exchange neither its line nor its suffix or prefix names
    symbols:
      - "AAPL"
      - "SHOP.TRT"
      - {symbol: "TSCO.LON", exchange: XLON, since: 2015-01-02}

``since`` is the first session wanted: no whole history is requested for sessions before it, by no run and no backfill.

Symbols are quoted because YAML reads some of them as something else: ``NO`` and ``ON`` are booleans, ``NULL`` is nothing, ``123`` a number.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

import yaml

from tasks.errors import BadSymbol
from tasks.exchanges import SYMBOL_FORM, exchange_in
from tasks.planning.errors import BadWatchlist
from tasks.sessions import DEFAULT_EXCHANGE, known_exchange

_STRING: Final = "tag:yaml.org,2002:str"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ALLOWED: Final = "capital letters, digits and . : ^ = - (at most 32)"


@dataclass(frozen=True)
class WatchlistEntry:
    """One symbol people want.

    Attributes:
        symbol: in the canonical spelling of LISTING_STATUS.
        exchange: the calendar of its sessions, as exchange_calendars names it.
        since: the first session wanted, or None for as far as the API goes.
    """

    symbol: str
    exchange: str = DEFAULT_EXCHANGE
    since: date | None = None


@dataclass(frozen=True)
class Watchlist:
    """The symbols of the daily run, in the file's order."""

    entries: tuple[WatchlistEntry, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols alone."""
        return tuple(entry.symbol for entry in self.entries)

    @property
    def exchanges(self) -> dict[str, str]:
        """The exchange of every symbol."""
        return {entry.symbol: entry.exchange for entry in self.entries}


def read_watchlist(text: str, name: str) -> Watchlist:
    """Reads a watchlist.

    Args:
        text: the YAML.
        name: the file or address it came from, for the words of a refusal.

    Raises:
        BadWatchlist: it is not YAML, or an entry is invalid; the fact begins with name and line.
    """
    return _Reader(name).read(text)


def check_symbols(symbols: Iterable[str]) -> tuple[str, ...]:
    """The symbols of a command line: trimmed, in capital letters, each once, in order.

    Raises:
        BadSymbol: one of them no listing could carry, or there is none.
    """
    trimmed = tuple(symbol.strip() for symbol in symbols)
    if not any(trimmed):
        raise BadSymbol("No symbol was given.", "Name at least one, e.g. --symbols AAPL,MSFT.")
    for symbol in trimmed:
        if not SYMBOL_FORM.fullmatch(symbol.upper()) or not symbol.isascii():
            parts = [part for part in re.split(r"[\s;]+", symbol.upper()) if SYMBOL_FORM.fullmatch(part)]
            way_out = f"Separate symbols with commas, as in {','.join(parts)}." if len(parts) > 1 else _way_out(symbol)
            raise BadSymbol(f"{symbol!r} is not a symbol.", way_out)
    return tuple(dict.fromkeys(symbol.upper() for symbol in trimmed))


def named_symbols(text: str | None) -> list[str] | None:
    """The symbols of an option, ``AAPL,MSFT``; None where it was not given, which stands for the watchlist.

    Raises:
        BadSymbol: one of them no listing could carry, or the option is empty, as an unset shell variable makes it.
    """
    return None if text is None else list(check_symbols(text.split(",")))


def _way_out(symbol: str) -> str:
    upper = symbol.upper()
    return f"Did you mean {upper}?" if upper != symbol and SYMBOL_FORM.fullmatch(upper) else f"A symbol has {_ALLOWED}."


class _Reader:
    """Walks the YAML nodes, which know their lines, instead of the values, which do not."""

    def __init__(self, name: str) -> None:
        self._name = name

    def read(self, text: str) -> Watchlist:
        members = self._members(self._parse(text), {"exchange", "symbols"})
        listed = members.get("symbols")
        if not isinstance(listed, yaml.SequenceNode) or not listed.value:
            raise self._refusal(listed, "the watchlist names no symbol.", 'List them under "symbols:", e.g. - "AAPL".')
        default = self._exchange(members["exchange"]) if "exchange" in members else DEFAULT_EXCHANGE
        return Watchlist(tuple(self._entries(listed, default)))

    def _parse(self, text: str) -> yaml.Node:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self._refusal(mark.line if mark else None, f"this is not YAML: {error.problem or error.context}.") from None
        except (yaml.YAMLError, RecursionError) as error:
            raise self._refusal(None, f"this is not YAML: {' '.join(str(error).split())}.") from None
        if node is None:
            raise self._refusal(None, "the watchlist is empty.", 'List symbols under "symbols:", e.g. - "AAPL".')
        return node

    def _entries(self, listed: yaml.SequenceNode, default: str) -> Iterator[WatchlistEntry]:
        first_lines: dict[str, int] = {}
        for node in listed.value:
            entry = self._entry(node, default)
            if entry.symbol in first_lines:
                raise self._refusal(
                    node, f"{entry.symbol} is listed on line {first_lines[entry.symbol]} already.", "Delete one of the two."
                )
            first_lines[entry.symbol] = node.start_mark.line + 1
            yield entry

    def _entry(self, node: yaml.Node, default: str) -> WatchlistEntry:
        if isinstance(node, yaml.ScalarNode):
            symbol = self._symbol(node)
            return WatchlistEntry(symbol, exchange_in(symbol) or default)
        members = self._members(node, {"symbol", "exchange", "since"})
        if "symbol" not in members:
            raise self._refusal(node, "an entry without a symbol.", 'Write e.g. {symbol: "AAPL", since: 2020-01-02}.')
        symbol = self._symbol(members["symbol"])
        return WatchlistEntry(
            symbol=symbol,
            exchange=self._exchange(members["exchange"]) if "exchange" in members else exchange_in(symbol) or default,
            since=self._since(members["since"]) if "since" in members else None,
        )

    def _members(self, node: yaml.Node, known: set[str]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._refusal(node, f"here must stand {' or '.join(sorted(known))}.", "See the example in tasks/planning/watchlist.py.")
        members: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value not in known:
                shown = repr(key.value) if isinstance(key, yaml.ScalarNode) else "this"
                raise self._refusal(key, f"{shown} is unknown here.", f"Known are {', '.join(sorted(known))}.")
            if key.value in members:
                raise self._refusal(key, f"{key.value!r} is there twice.", "Delete one of the two.")
            members[key.value] = value
        return members

    def _symbol(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._refusal(node, "a symbol must be one string.", 'Write e.g. "AAPL".')
        if node.tag != _STRING:
            yaml_type = node.tag.rpartition(":")[2]
            raise self._refusal(
                node, f"YAML reads {node.value or 'nothing'} as {yaml_type}, not as a symbol.", f'Write "{node.value or "AAPL"}".'
            )
        symbol = str(node.value)
        if not SYMBOL_FORM.fullmatch(symbol):
            raise self._refusal(node, f"{symbol!r} is not a symbol.", _way_out(symbol))
        return symbol

    def _exchange(self, node: yaml.Node) -> str:
        exchange = known_exchange(node.value) if isinstance(node, yaml.ScalarNode) else None
        if exchange is None:
            shown = node.value if isinstance(node, yaml.ScalarNode) else "this"
            raise self._refusal(
                node, f"{shown} is not an exchange.", "Exchanges are named as in exchange_calendars, e.g. XNYS, XLON, XTSE."
            )
        return exchange

    def _since(self, node: yaml.Node) -> date:
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        try:
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise self._refusal(node, f"{text or 'this'} is not a date.", "Write e.g. since: 2020-01-02.")

    def _refusal(self, where: "yaml.Node | int | None", fact: str, way_out: str = "") -> BadWatchlist:
        line = where.start_mark.line if isinstance(where, yaml.Node) else where
        place = self._name if line is None else f"{self._name}, line {line + 1}"
        return BadWatchlist(f"{place}: {fact}", way_out)
