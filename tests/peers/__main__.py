"""``python -m tests.peers``: libraries that talk to Redshift, their own suites and this project's checks, against the local one."""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.peers.environment import Environment, Unavailable, make_environment, sources
from tests.peers.local import Stack, local_stack
from tests.peers.report import FAILED, Outcome, outcomes_of, summary
from tests.peers.suites import PEERS, Peer

_CHECKS = Path(__file__).parent / "checks"
_TEST_SECONDS = "--timeout=60"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the named peers, or all.

    Returns:
        0, or 1 where a test failed.
    """
    options = _parser().parse_args(arguments)
    given = dict(_source(text) for text in options.source)
    folder = Path(options.folder or tempfile.mkdtemp(prefix="redshift-peers-")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    failed = False
    for peer in PEERS:
        if options.peers and peer.name not in options.peers:
            continue
        # A server for each: what one peer leaves behind is none of the next one's business.
        with local_stack(folder) as stack:
            failed = _run(peer, stack, given.get(peer.name), folder) or failed
    sys.stdout.write(f"What was printed by each: {folder}\n")
    return 1 if failed else 0


def _run(peer: Peer, stack: Stack, given: Path | None, folder: Path) -> bool:
    """Run one peer; tell whether anything failed."""
    try:
        environment = make_environment(folder / f"{peer.name}-environment", (*peer.requirements, "pytest-timeout"), stack.trusted)
    except Unavailable as unavailable:
        _say(f"{peer.name}: cannot be installed: {unavailable}")
        return False
    variables = stack.environment()
    checks = _CHECKS / peer.checks
    arguments = ["-c", str(_CHECKS / "pytest.ini"), "--rootdir", str(_CHECKS), "--confcutdir", str(_CHECKS), str(checks)]
    failed = _tell(f"{peer.name}, the checks of this project", peer, environment, arguments, _CHECKS, variables, folder)
    if not peer.tests:
        return failed
    try:
        source = sources(peer, given, folder / f"{peer.name}-sources")
    except Unavailable as unavailable:
        _say(f"{peer.name}, its own suite: cannot be run: {unavailable}")
        return failed
    peer.prepare(stack, source)
    arguments = [*peer.options, *peer.tests]
    return (
        _tell(f"{peer.name}, its own suite", peer, environment, arguments, source, {**variables, **peer.variables(stack)}, folder) or failed
    )


def _tell(
    title: str, peer: Peer, environment: Environment, arguments: Sequence[str], where: Path, variables: Mapping[str, str], folder: Path
) -> bool:
    stem = title.replace(", ", "-").replace(" ", "-")
    report = folder / f"{stem}.xml"
    report.unlink(missing_ok=True)
    try:
        environment.run_pytest([_TEST_SECONDS, f"--junitxml={report}", *arguments], where, variables, folder / f"{stem}.txt")
    except Unavailable as unavailable:
        _say(f"{title}: {unavailable}")
        return True
    if not report.is_file():
        _say(f"{title}: no report; see {stem}.txt")
        return True
    outcomes: list[Outcome] = outcomes_of(report, peer.exemptions)
    _say(f"{title}: {summary(outcomes)}")
    return any(outcome.status == FAILED for outcome in outcomes)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _source(text: str) -> tuple[str, Path]:
    name, separator, folder = text.partition("=")
    if not separator or name not in {peer.name for peer in PEERS} or not Path(folder).is_dir():
        raise SystemExit(f"--source takes NAME=FOLDER, a peer and its checkout, not {text!r}")
    return name, Path(folder)


def _parser() -> argparse.ArgumentParser:
    names = [peer.name for peer in PEERS]
    parser = argparse.ArgumentParser(prog="python -m tests.peers", description="Libraries that talk to Redshift against the local one.")
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"all, or some of: {', '.join(names)}")
    parser.add_argument("--source", action="append", default=[], metavar="NAME=FOLDER", help="a checkout with the peer's tests")
    parser.add_argument("--folder", default=None, help="where environments, sources and what is printed are kept")
    return parser


if __name__ == "__main__":
    sys.exit(main())
