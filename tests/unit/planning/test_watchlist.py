from datetime import date
from pathlib import Path

import pytest

from tasks.errors import BadSymbol
from tasks.planning.errors import BadWatchlist
from tasks.planning.watchlist import Watchlist, WatchlistEntry, check_symbols, read_watchlist

DEPLOYMENTS = Path(__file__).resolve().parents[3] / "deployments"


def test_an_entry_is_a_quoted_symbol_or_says_more() -> None:
    text = """
symbols:
  - "AAPL"
  - {symbol: "TSCO.LON", exchange: XLON, since: 2015-01-02}
  - symbol: "BRK-B"
    since: "2020-01-02"
"""
    assert read_watchlist(text, "w.yaml") == Watchlist(
        (
            WatchlistEntry("AAPL", "XNYS", None),
            WatchlistEntry("TSCO.LON", "XLON", date(2015, 1, 2)),
            WatchlistEntry("BRK-B", "XNYS", date(2020, 1, 2)),
        ),
    )


def test_the_file_may_name_an_exchange_for_every_entry_that_names_none() -> None:
    watchlist = read_watchlist('exchange: XTSE\nsymbols: ["SHOP.TRT", {symbol: "IBM", exchange: XNYS}]', "w.yaml")
    assert watchlist.exchanges == {"SHOP.TRT": "XTSE", "IBM": "XNYS"}
    assert watchlist.symbols == ("SHOP.TRT", "IBM")


@pytest.mark.parametrize("symbol", ["NA", "NAN", "ON", "NO", "TRUE", "NULL", "BRK-B", "ACWV:BAT", "-P-HIZ", "600104.SHH", "123", "^GSPC"])
def test_a_quoted_symbol_stays_what_it_is(symbol: str) -> None:
    assert read_watchlist(f'symbols:\n  - "{symbol}"\n', "w.yaml").symbols == (symbol,)


@pytest.mark.parametrize("plain", ["NO", "ON", "TRUE", "Yes", "123", "1.5", "NULL", "~", "2020-01-02", "0x1F", "12:30:45", ".NAN", ""])
def test_an_unquoted_symbol_that_yaml_misreads_is_refused_with_its_line(plain: str) -> None:
    """An unquoted symbol that YAML reads as something else is refused with its line."""
    with pytest.raises(BadWatchlist) as caught:
        read_watchlist(f'symbols:\n  - "AAPL"\n  - {plain}\n', "w.yaml")
    assert caught.value.fact.startswith("w.yaml, line 3: YAML reads ")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('symbols:\n  - "AAPL"\n  - "aapl"', "w.yaml, line 3", "Did you mean AAPL?"),
        ('symbols:\n  - "A B"', "w.yaml, line 2", "'A B' is not a symbol"),
        ('symbols:\n  - "' + "A" * 33 + '"', "w.yaml, line 2", "is not a symbol"),
        ('symbols:\n  - "AAPL"\n\n  - {symbol: "AAPL"}', "w.yaml, line 4", "AAPL is listed on line 2 already"),
        ('symbols:\n  - {symbol: "A",\n     exchnage: XNYS}', "w.yaml, line 3", "'exchnage' is unknown"),
        ('symbol:\n  - "AAPL"', "w.yaml, line 1", "'symbol' is unknown"),
        ('symbols: ["A"]\nsymbols: ["B"]', "w.yaml, line 2", "'symbols' is there twice"),
        ('symbols:\n  - {symbol: "A", exchange: NYSE-ISH}', "w.yaml, line 2", "NYSE-ISH is not an exchange"),
        ('symbols:\n  - {symbol: "A", since: 2020-02-30}', "w.yaml, line 2", "2020-02-30 is not a date"),
        ('symbols:\n  - {symbol: "A", since: [1]}', "w.yaml, line 2", "is not a date"),
        ("symbols:\n  - {since: 2020-01-02}", "w.yaml, line 2", "an entry without a symbol"),
        ('symbols:\n  - {symbol: ["A"]}', "w.yaml, line 2", "must be one string"),
        ("symbols:\n  - [A]", "w.yaml, line 2", "here must stand"),
        ('- "AAPL"', "w.yaml, line 1", "here must stand exchange or symbols"),
        ("symbols: []", "w.yaml, line 1", "names no symbol"),
        ("symbols: AAPL", "w.yaml, line 1", "names no symbol"),
        ("exchange: XNYS", "w.yaml", "names no symbol"),
        ("", "w.yaml", "is empty"),
        ('symbols:\n  - "AAPL', "w.yaml, line 2", "this is not YAML"),
        ("symbols: [", "w.yaml, line 1", "this is not YAML"),
        ('symbols: ["A"]\n---\nsymbols: ["B"]', "w.yaml, line 2", "this is not YAML"),
        ("? [a]\n: b", "w.yaml, line 1", "is unknown"),
        ("symbols: &all [*all]", "w.yaml, line 1", "here must stand"),
        ('symbols: ["\x01"]', "w.yaml", "this is not YAML"),
    ],
)
def test_what_cannot_be_is_refused_with_file_line_and_reason(text: str, place: str, words: str) -> None:
    with pytest.raises(BadWatchlist) as caught:
        read_watchlist(text, "w.yaml")
    assert caught.value.fact.startswith(f"{place}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_watchlists_of_the_repository_hold_their_symbols() -> None:
    """The watchlists of the repository hold their symbols, and the synthetic one a damaged one."""
    daily = read_watchlist((DEPLOYMENTS / "watchlist.yaml").read_text(), "watchlist.yaml")
    synthetic = read_watchlist((DEPLOYMENTS / "watchlist.synthetic.yaml").read_text(), "watchlist.synthetic.yaml")
    assert daily.symbols == ("AAPL", "MSFT", "GOOGL", "AMZN", "NVDA")
    assert synthetic.symbols == (*daily.symbols, "DMGD")


def test_five_thousand_symbols_are_read() -> None:
    text = "symbols:\n" + "".join(f'  - "S{number}"\n' for number in range(5000))
    assert len(read_watchlist(text, "w.yaml").symbols) == 5000


def test_symbols_of_a_command_line_are_trimmed_and_each_once_in_order() -> None:
    assert check_symbols([" MSFT", "AAPL ", "MSFT", "brk-b", "aapl"]) == ("MSFT", "AAPL", "BRK-B")


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        (["A!B"], "'A!B' is not a symbol. A symbol has capital letters"),
        (["aapl MSFT"], "'aapl MSFT' is not a symbol. Separate symbols with commas, as in AAPL,MSFT."),
        (["AAPL; MSFT"], "'AAPL; MSFT' is not a symbol. Separate symbols with commas, as in AAPL,MSFT."),
        (["AAPL", ""], "'' is not a symbol."),
        (["ÄPL"], "'ÄPL' is not a symbol."),
        (["A" * 33], "is not a symbol."),
        ([""], "No symbol was given."),
        ([], "No symbol was given."),
    ],
)
def test_a_malformed_symbol_is_named(symbols: list[str], words: str) -> None:
    with pytest.raises(BadSymbol) as caught:
        check_symbols(symbols)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2
