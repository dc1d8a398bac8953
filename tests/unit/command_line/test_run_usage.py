"""What is wrong with a watchlist is said before the embedded stack is started."""

import os
from pathlib import Path
from unittest.mock import patch

import pytest

from flows.command_line import environment
from flows.command_line.run import run_flow
from tasks.errors import WrongUsage


@pytest.mark.parametrize(
    ("text", "fact"),
    [(None, "No watchlist at"), ("symbols:\n  - {symbol: IBM, exchange: NOWHERE}\n", "NOWHERE"), ("symbols: []\n", "symbol")],
)
def test_a_wrong_watchlist_is_refused_before_anything_starts(
    text: str | None, fact: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def started(*_: object, **__: object) -> None:
        pytest.fail("the stack was started")

    monkeypatch.setattr(environment, "ready", started)
    place = tmp_path / "list.yaml"
    if text is not None:
        place.write_text(text)
    # A command writes what it chose into its own environment, which here is that of all tests.
    with patch.dict(os.environ, {"TICKERHOUSE_HOME": str(tmp_path / "home")}), pytest.raises(WrongUsage, match=fact):
        run_flow("daily_prices", None, "", None, watchlist=str(place))
    assert not (tmp_path / "home").exists()
