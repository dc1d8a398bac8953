import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tasks.alpha_vantage
from tasks.alpha_vantage.endpoints import shape_of

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "how-to" / "add-an-endpoint.md").read_text()
MODULE = "tasks.alpha_vantage.intraday"


def blocks() -> list[tuple[str, str]]:
    """Path and content of every block of the page, in order; a block's path is the last one named before it."""
    found = re.finditer(r"^```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [(re.findall(r"`((?:tasks|tests)/[\w/.]+\.\w+)`", PAGE[: block.start()])[-1], block[1]) for block in found]


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Path]]:
    """The page followed in a folder of its own, which the room's package looks into as well."""
    files = {}
    for path, content in blocks():
        files[path] = tmp_path / path
        files[path].parent.mkdir(parents=True, exist_ok=True)
        files[path].write_text(content)
    monkeypatch.setattr(tasks.alpha_vantage, "__path__", [*tasks.alpha_vantage.__path__, str(tmp_path / "tasks" / "alpha_vantage")])
    importlib.invalidate_caches()
    shape_of.cache_clear()
    yield files
    shape_of.cache_clear()
    sys.modules.pop(MODULE, None)


def test_the_page_is_one_module_one_fixture_and_one_test() -> None:
    assert [path for path, _ in blocks()] == [
        "tasks/alpha_vantage/intraday.py",
        "tests/unit/fixtures/time_series_intraday/ibm.json",
        "tests/unit/test_alpha_vantage_intraday.py",
    ]
    assert blocks()[0][1].count("\n") < 150


def test_an_endpoint_is_unknown_until_its_module_is_there(followed: dict[str, Path]) -> None:
    followed["tasks/alpha_vantage/intraday.py"].rename(followed["tasks/alpha_vantage/intraday.py"].with_name("elsewhere.py"))
    importlib.invalidate_caches()
    assert shape_of("TIME_SERIES_INTRADAY") is None


def test_following_the_page_gives_a_working_endpoint(followed: dict[str, Path]) -> None:
    test = followed["tests/unit/test_alpha_vantage_intraday.py"]
    names: dict[str, object] = {"__file__": str(test), "__name__": "followed"}
    exec(compile(test.read_text(), str(test), "exec"), names)  # noqa: S102 - running the page is the point
    claims = [claim for name, claim in names.items() if name.startswith("test_")]
    assert len(claims) == 2
    for claim in claims:
        assert callable(claim)
        claim()
