"""A batch is taken apart by symbol, wherever the rows of a symbol stand; what is found does not depend on how."""

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tasks.datasets.daily_prices import CHECKS as DAILY_PRICES
from tasks.quality import great_expectations
from tasks.quality.context import Context, Market
from tasks.quality.partitions import Encoded, by_symbol, encoded, gathered
from tasks.quality.suite import load_suite
from tasks.quality.validation import validate
from tasks.quality.verdict import Verdict
from tests.benchmarks.quality_gate.bars import BARS_OF_A_SYMBOL, NEWEST, SESSIONS, delivered, symbols_of, texts_of, typed
from tests.benchmarks.quality_gate.measure import ROOT

ROWS = 8_000
SUITE = load_suite(ROOT / "expectations" / "daily_prices.json", DAILY_PRICES)


def column(*symbols: str | None) -> Encoded:
    return encoded(pa.chunked_array([symbols[:2], symbols[2:]], pa.string()))


def test_pieces_are_whole_symbols_of_at_most_so_many_rows() -> None:
    pieces = by_symbol(column("A", "A", "B", "B", "B", "C", "D", "D"), 3)
    assert [(piece.first, piece.last, piece.count) for piece in pieces] == [(0, 2, 2), (2, 5, 3), (5, 8, 3)]
    assert all(piece.member.all() for piece in pieces)


def test_a_symbol_with_more_rows_than_a_piece_may_have_is_not_cut() -> None:
    assert [(piece.first, piece.last) for piece in by_symbol(column("A", "B", "B", "B", "C"), 2)] == [(0, 1), (1, 4), (4, 5)]


def test_every_row_is_in_one_piece_wherever_its_symbol_stands() -> None:
    symbols = np.array(["A", "B", "C", "D", None], dtype=object)[np.random.default_rng(4).integers(0, 5, 100)]
    held = np.zeros(len(symbols), dtype=np.int64)
    for piece in by_symbol(column(*symbols.tolist()), 10):
        held[piece.first : piece.last] += piece.member
        assert len(set(symbols[piece.first : piece.last][piece.member])) >= 1
        assert np.count_nonzero(piece.member) == piece.count
    assert held.tolist() == [1] * 100


def test_no_row_makes_one_empty_piece() -> None:
    (piece,) = by_symbol(column(), 10)
    assert (piece.first, piece.last, piece.count) == (0, 0, 0)


def test_pieces_are_gathered_up_to_a_bound_and_none_is_left_out() -> None:
    pieces = by_symbol(column("A", "A", "B", "C", "C", "C", "C", "D"), 2)
    assert [[piece.count for piece in part] for part in gathered(pieces, 4)] == [[2, 1], [4], [1]]


def table() -> pa.Table:
    """Four symbols, two in a hundred bars damaged, some of them in their symbol; and a few bars told twice, far apart."""
    bars = typed(texts_of(delivered(ROWS, 0.02)))
    return pa.concat_tables([bars, bars.slice(5_000, 7), bars.slice(9, 3)])


def judge(bars: pa.Table) -> Verdict:
    context = Context(Market(SESSIONS, NEWEST), [*symbols_of(ROWS), "GONE"])
    return validate(bars, DAILY_PRICES, SUITE, run_id="run-1", context=context)


@cache
def judged_at_once() -> Verdict:
    return judge(table())


@pytest.mark.parametrize(("laid_out", "at_once"), [(2_500, 4_000), (2_500, 1_000_000), pytest.param(1, 1, marks=pytest.mark.deep)])
def test_bounded_batches_find_what_one_finds(monkeypatch: pytest.MonkeyPatch, laid_out: int, at_once: int) -> None:
    bars = table()
    whole = judged_at_once()
    sizes: list[int] = []
    monkeypatch.setattr("tasks.quality.validation.ROWS_LAID_OUT", laid_out)
    monkeypatch.setattr("tasks.quality.validation.ROWS_AT_ONCE", at_once)
    check = great_expectations.check

    def counted(frame: Any, *others: Any) -> Any:
        sizes.append(len(frame))
        return check(frame, *others)

    monkeypatch.setattr(great_expectations, "check", counted)
    parted = judge(bars)
    # All but the last look at some of the rows; that one looks at what concerns the whole batch.
    assert sum(sizes[:-1] or sizes) == ROWS + 10 - whole.duplicates
    assert max(sizes[:-1] or sizes) <= max(at_once, BARS_OF_A_SYMBOL + 10)
    assert parted.quarantined.equals(whole.quarantined)
    assert parted.accepted.equals(whole.accepted)
    assert (parted.warnings, parted.hard_failures, parted.reason_counts) == (whole.warnings, whole.hard_failures, whole.reason_counts)
    assert (parted.duplicates, parted.result["statistics"]) == (whole.duplicates, whole.result["statistics"])
    assert 0.01 < parted.rate < 0.03
    assert parted.duplicates == 10


def test_the_library_makes_no_fingerprint_of_the_batch() -> None:
    # It would read every column once more, and take as long as a third of the rules.
    assert "pandas_data_fingerprint" not in judged_at_once().result["meta"]["batch_markers"]
