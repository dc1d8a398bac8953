"""Tests that share a server stay on one worker, whatever their files are called."""

from pathlib import Path

from tests.scheduling import TOGETHER

ROOT = Path(__file__).resolve().parents[2]


def test_what_is_named_as_sharing_a_server_is_there() -> None:
    assert [beginning for beginning in TOGETHER if not (ROOT / beginning).exists()] == []


def test_every_file_that_uses_the_prefect_server_is_on_its_worker() -> None:
    using = {file.relative_to(ROOT).as_posix() for file in (ROOT / "tests" / "integration").rglob("test_*.py") if _uses(file)}
    assert using == {file for file, server in TOGETHER.items() if server == "prefect server"}


def _uses(file: Path) -> bool:
    text = file.read_text()
    return "prefect_server" in text or "prefect_test_harness" in text
