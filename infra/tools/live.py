"""Settles the claims of docs/truth.md on a real environment, one command a claim, and prints a table to send back: `make live`."""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
LEVELS: Final = ("embedded", "stand-in", "read", "assumed")

_ROW: Final = re.compile(r"\| ([a-z0-9-]+) \| (.+?) \| ([a-z-]+) \| `(.+)` \| ([0-9.]+) \|")
_FUNCTIONS: Final = ("in_network", "as_administrator")
_PATIENCE_SECONDS: Final = 3600
_SHOWN: Final = 100

_PRELUDE: Final = """
refused() { if "$@"; then echo "it was let through" >&2; return 1; fi; }
deployed() (
  found="$(infra/docker/read-deployment --shell "/$name/deployment")" || exit 1
  set -a; eval "$found"; set +a
  "$@"
)
name="tickerhouse-$env"
account="$(aws sts get-caller-identity --query Account --output text)"
bucket="$(terraform -chdir="$root/infra/terraform" output -json settings \
  | python3 -c 'import json, sys; print(json.load(sys.stdin)["TICKERHOUSE_BUCKET"])')"
"""


@dataclass(frozen=True)
class Claim:
    """One line of docs/truth.md.

    Attributes:
        name: a word for it.
        text: what is claimed.
        level: one of ``LEVELS``.
        command: what settles it, in bash; it holds where the command ends with 0.
        usd: what the command costs, at most.
    """

    name: str
    text: str
    level: str
    command: str
    usd: float


@dataclass(frozen=True)
class Settled:
    """How a claim's command ended."""

    claim: Claim
    holds: bool
    seconds: float
    last_words: str


def read_claims(page: str) -> list[Claim]:
    """The claims of the page, in its order.

    Raises:
        ValueError: a line between the marks is no claim, so that none is passed over unseen.
    """
    table = page.partition("<!-- claims -->")[2].partition("<!-- /claims -->")[0].strip().splitlines()[2:]
    matched = [(line, _ROW.fullmatch(line)) for line in table]
    unread = [line for line, match in matched if match is None]
    if unread or not matched:
        raise ValueError(f"docs/truth.md has lines that are no claims: {unread}")
    return [Claim(match[1], match[2], match[3], match[4], float(match[5])) for _, match in matched if match]


def functions(runbook: str) -> str:
    """The runbook's own functions, as its blocks define them."""
    blocks = re.findall(r"^```sh\n(.*?)^```", runbook, re.MULTILINE | re.DOTALL)
    text = "\n".join(blocks)
    return "\n".join(re.findall(rf"^(?:{'|'.join(_FUNCTIONS)})\(\) \{{.*?^\}}", text, re.MULTILINE | re.DOTALL))


def settle(claims: Iterable[Claim], environment: Mapping[str, str], folder: Path, shell_functions: str) -> Iterable[Settled]:
    """Runs each claim's command in the checkout, one after another; what a command writes down lies in a folder of its own.

    Args:
        claims: which.
        environment: of the commands, with ``env``.
        folder: where ``live.json`` and ``live.txt`` come to lie.
        shell_functions: what the commands may call.
    """
    for claim in claims:
        command = re.sub(r"\blive\.(json|txt)", rf"{folder}/live.\1", claim.command)
        begun = time.monotonic()
        try:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", f"{shell_functions}\n{_PRELUDE}\n{command}"],  # noqa: S607 - a person's own bash
                cwd=ROOT,
                env=dict(environment),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=_PATIENCE_SECONDS,
                check=False,
            )
            holds, said = done.returncode == 0, done.stdout.strip().splitlines()
        except subprocess.TimeoutExpired:
            holds, said = False, [f"did not end within {_PATIENCE_SECONDS} s"]
        yield Settled(claim, holds, time.monotonic() - begun, said[-1] if said else "")


def table(settled: Sequence[Settled]) -> str:
    """What is sent back: Markdown, without a secret, since only the last line of what a command printed is in it."""
    lines = ["| name | level before | holds | seconds | last words |", "|---|---|---|---:|---|"]
    for each in settled:
        words = each.last_words[:_SHOWN].replace("|", "\\|")
        lines.append(f"| {each.claim.name} | {each.claim.level} | {'yes' if each.holds else '**no**'} | {each.seconds:.0f} | {words} |")
    held = sum(each.holds for each in settled)
    return "\n".join([*lines, "", f"{held} of {len(settled)} claims hold."])


def moments(today: datetime) -> dict[str, str]:
    """The dates that commands name."""
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "today": f"{midnight:%Y-%m-%d}",
        "yesterday": f"{midnight - timedelta(days=1):%Y-%m-%d}",
        "month_start": f"{(midnight - timedelta(days=1)).replace(day=1):%Y-%m-%d}",
    }


def main(words: Sequence[str], folder: Path, outside: Mapping[str, str]) -> int:
    """The command; 0 where every claim holds.

    Args:
        words: of the command line.
        folder: for what commands write down.
        outside: this process's environment.
    """
    parser = argparse.ArgumentParser(prog="make live", description="Settle the claims of docs/truth.md on a real environment.")
    parser.add_argument("environment", help="the environment's name, as in infra/terraform/<name>.tfvars")
    parser.add_argument("--only", nargs="*", default=[], help="the claims to settle, by name; all by default")
    asked = parser.parse_args(words)
    claims = read_claims((ROOT / "docs" / "truth.md").read_text(encoding="utf-8"))
    unknown = set(asked.only) - {claim.name for claim in claims}
    if unknown:
        parser.error(f"docs/truth.md has no claim named {', '.join(sorted(unknown))}")
    chosen = [claim for claim in claims if not asked.only or claim.name in asked.only]
    own = {"env": asked.environment, "root": str(ROOT), **moments(datetime.now(UTC))}
    path = {"PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{outside.get('PATH', os.defpath)}"}
    shell_functions = functions((ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"))
    settled: list[Settled] = []
    sys.stderr.write(f"{len(chosen)} claims, at most {sum(claim.usd for claim in chosen):.2f} USD\n")
    for each in settle(chosen, {**outside, **own, **path}, folder, shell_functions):
        sys.stderr.write(f"{each.claim.name}: {'holds' if each.holds else 'does not hold'} ({each.seconds:.0f} s) {each.last_words}\n")
        settled.append(each)
    sys.stdout.write(table(settled) + "\n")
    return 0 if all(each.holds for each in settled) else 1


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as kept:
        sys.exit(main(sys.argv[1:], Path(kept), os.environ))
