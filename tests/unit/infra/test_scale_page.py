"""docs/scale.md says what tests/benchmarks/scale.py measures and computes."""

from pathlib import Path

import pytest

from infra.cost.model import DEFAULT
from tests.benchmarks.scale import bytes_line, day_table, limit_table, measure, question_table

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "scale.md").read_text()


def stated(name: str) -> str:
    return PAGE.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0].strip()


def test_the_page_states_what_is_measured_and_computed() -> None:
    measured = measure()
    assert stated("bytes") == bytes_line(measured)
    assert stated("day") == day_table(measured)
    assert stated("limits") == limit_table(measured)
    assert stated("questions") == question_table(measured)
    assert measured.current == pytest.approx(DEFAULT.current_row_bytes, rel=0.1)


def test_bars_are_measured_as_the_same_bytes_however_many() -> None:
    few, many = measure(50), measure(150)
    assert few.current == pytest.approx(many.current, rel=0.1)
    assert few.coverage == pytest.approx(many.coverage, rel=0.01)


def test_a_typical_question_reads_a_fiftieth_of_csv_at_most() -> None:
    assert all(current * 50 < text for current, _, text in measure().questions.values())
