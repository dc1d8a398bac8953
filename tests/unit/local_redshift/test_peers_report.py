"""What is told of a peer's suite: counts, failures, and why something is not applicable."""

import re
from pathlib import Path

import pytest

from tests.peers.__main__ import main
from tests.peers.environment import Unavailable, sources
from tests.peers.report import Exemption, Outcome, outcomes_of, summary
from tests.peers.suites import PEERS

JUNIT = """<testsuites><testsuite>
<testcase classname="test_t" name="test_good"/>
<testcase classname="test_t" name="test_spectrum"><failure message="boom">def x():
E   ProgrammingError: no such catalog
E   more</failure></testcase>
<testcase classname="test_t" name="test_bad"><failure message="first line">def x():  # of spectrum
E   AssertionError: 1 == 2</failure></testcase>
<testcase classname="test_t" name="test_skipped"><skipped message="needs a cluster"/></testcase>
<testcase classname="test_t" name="test_torn_down"/>
<testcase classname="test_t" name="test_torn_down"><error message="no connection"/></testcase>
<testcase classname="test_t" name="test_good_although_spectrum"/>
</testsuite></testsuites>"""


@pytest.fixture
def outcomes(tmp_path: Path) -> list[Outcome]:
    report = tmp_path / "report.xml"
    report.write_text(JUNIT)
    return outcomes_of(report, [Exemption("spectrum", "needs Spectrum")])


def test_each_test_is_told_once_and_as_its_worst(outcomes: list[Outcome]) -> None:
    assert {outcome.name.rpartition("::")[2]: outcome.status for outcome in outcomes} == {
        "test_good": "passed",
        "test_spectrum": "not applicable",
        "test_bad": "failed",
        "test_skipped": "not applicable",
        "test_torn_down": "failed",
        "test_good_although_spectrum": "passed",
    }


def test_a_failure_is_told_with_its_error_and_an_exemption_with_its_reason(outcomes: list[Outcome]) -> None:
    assert summary(outcomes).splitlines() == [
        "2 passed, 2 failed, 2 not applicable",
        "  failed: test_t::test_bad: AssertionError: 1 == 2",
        "  failed: test_t::test_torn_down: no connection",
        "  not applicable (1): needs Spectrum",
        "  not applicable (1): skipped by itself: needs a cluster",
    ]


def test_a_checkout_without_the_tests_is_told_with_the_way_out(tmp_path: Path) -> None:
    peer = next(peer for peer in PEERS if peer.name == "awswrangler")
    (tmp_path / "checkout").mkdir()
    with pytest.raises(Unavailable, match=r"tests/unit/test_redshift\.py: give a checkout by --source awswrangler=FOLDER"):
        sources(peer, tmp_path / "checkout", tmp_path / "copy")


def test_what_would_hide_the_installed_package_is_left_out(tmp_path: Path) -> None:
    peer = next(peer for peer in PEERS if peer.name == "sqlalchemy-redshift")
    for folder in ("tests", "sqlalchemy_redshift", ".git"):
        (tmp_path / "checkout" / folder).mkdir(parents=True)
    copied = sources(peer, tmp_path / "checkout", tmp_path / "copy")
    assert [path.name for path in copied.iterdir()] == ["tests"]


@pytest.mark.parametrize("text", ["awswrangler", "nobody=.", "awswrangler=/nowhere"])
def test_a_source_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SystemExit, match="NAME=FOLDER"):
        main(["--source", text])


def test_every_peer_has_its_checks() -> None:
    checks = Path(__file__).parents[2] / "peers" / "checks"
    assert sorted(peer.checks for peer in PEERS) == sorted(path.name for path in checks.glob("test_*.py"))


def test_the_page_of_the_local_redshift_names_the_peers_there_are() -> None:
    page = (Path(__file__).parents[3] / "infra" / "local" / "redshift" / "README.md").read_text()
    commands = re.findall(r"^python -m tests\.peers *([^#\n]*)", page, re.MULTILINE)
    named = {word for command in commands for word in command.split("--")[0].split()}
    assert len(commands) == 3
    assert named <= {peer.name for peer in PEERS}
    assert (Path(__file__).parents[2] / "benchmarks" / "redshift_server.py").is_file()
    assert all(f"| {peer.name}" in page.replace("dbt-redshift", "dbt") for peer in PEERS)


def test_sources_that_lie_where_their_copy_goes_are_refused_and_kept(tmp_path: Path) -> None:
    checkout = tmp_path / "copy"
    checkout.mkdir()
    for given in (checkout, checkout / "inside"):
        with pytest.raises(Unavailable, match="keep the checkout elsewhere"):
            sources(PEERS[0], given, checkout)
    assert checkout.is_dir()
