"""A container of the image runs the flow: as its user, with its libraries, against an embedded stack outside."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.infra.stack_process import AS_OF

ROOT = Path(__file__).resolve().parents[2]
IMAGE = os.environ.get("INFRA_IMAGE", "")
BUILDAH = ("buildah", "--storage-driver", os.environ.get("STORAGE_DRIVER", "vfs"))
FLOW = "from flows.daily_prices import daily_prices; print(daily_prices(symbols=['AAPL', 'MSFT'], as_of='{}', return_state=True).name)"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The variables with which a container finds an embedded stack, which runs as long as the test."""
    foreign = ("ALPHAVANTAGE_", "AWS_", "PREFECT_", "TICKERHOUSE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.infra.stack_process"],
        cwd=ROOT,
        env=kept | {"TICKERHOUSE_HOME": str(tmp_path), "TICKERHOUSE_STAY_UP_MINUTES": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as stack:
        assert stack.stdout is not None
        told = stack.stdout.readline()
        assert told, "the embedded stack did not start"
        yield json.loads(told)
        stack.communicate(timeout=60)


@pytest.fixture
def container() -> Iterator[str]:
    name = _said(*BUILDAH, "from", IMAGE)
    yield name
    _said(*BUILDAH, "rm", name)


def _said(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=240).stdout.strip()


def _inside(container: str, place: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    trusted = place["SSL_CERT_FILE"]
    variables = [word for name, value in place.items() for word in ("--env", f"{name}={value}")]
    return subprocess.run(
        [*BUILDAH, "run", "--isolation", "chroot", "--volume", f"{trusted}:{trusted}:ro", *variables, container, "--", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


@pytest.mark.skipif(not IMAGE, reason="there is no image: infra/docker/build says why")
def test_a_container_of_the_image_completes_a_flow_run(place: dict[str, str], container: str) -> None:
    ended = _inside(container, place, "python", "-c", FLOW.format(AS_OF.isoformat()))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1] == "Completed", ended.stdout + ended.stderr
    counted = _inside(container, place, "tickerhouse", "sql", "select count(distinct symbol) from market.fact_daily_price", "--csv")
    assert counted.stdout.splitlines()[-1] == "2", counted.stdout + counted.stderr
