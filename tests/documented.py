"""The commands that README, documents and help show, and which test runs each."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
DOCS: Final = ROOT / "docs"
RUNBOOK: Final = DOCS / "runbook.md"
PAGES: Final = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md")), *sorted(DOCS.rglob("*.md"))]
RUN: Final = "20261120T093500Z-1a2b3c4d"
"""The run that examples name."""

READING: Final = ("plan", "status", "doctor", "open", "report", "sql", "dictionary", "quarantine", "quotes")
"""What the examples of README and the help do that end at once and need no other run than the tutorial's."""

OF_ANOTHER_RUN: Final = re.compile(r"\d{8}T\d{6}Z|release|--file docs/data_dictionary")

IN_ORDER: Final = (
    "corporate-actions --symbols IBM",
    f"quarantine show {RUN}",
    f"report {RUN} --no-browser",
    f"open {RUN} --no-browser",
    "open 20261128T025848Z-b8c1983a",
    f'undo {RUN} --dataset dividends --note "amounts were in cents" --by "M. Curie"',
    f'undo {RUN} --note "the source had mixed up two symbols"',
    'silence late --until 2099-01-31 --reason "being torn down"',
    'silence no-freshness-check --until 2099-01-31 --reason "stopped"',
    'sql "select 1"',
    "dictionary --file docs/data_dictionary.md",
    "run --symbols AAPL,BRK-B --output-size full",
    "run --exchange XLON",
    "run --symbols MSFT --as-of 2019-11-30T12:00:00Z --replay ../recorded/prices",
    f'quarantine release {RUN} --note "a test listing" --by "M. Curie"',
    "backfill --symbols AAPL,BRK-B --from 2020-01-02 --to 2024-12-31",
    "backfill --from 2015-01-02",
)
"""What is run after a run of daily_prices and one of corporate_actions, in this order, by `tests/end_to_end/test_documents.py`."""

ELSEWHERE: Final = {
    "up": ("end_to_end/conftest.py", 'start("up")'),
    "down": ("end_to_end/test_run_first.py", "_typed(down, home)"),
    "worker": ("end_to_end/test_deploy_and_alerts.py", 'start("worker"'),
    "migrate --deployed": ("end_to_end/test_deploy_and_alerts.py", '"migrate", "--deployed"'),
    "rebuild --deployed": ("end_to_end/test_deploy_and_alerts.py", '"rebuild", "--deployed"'),
    "dictionary --sql market.fact_share_count": (
        "integration/warehouse/test_warehouse_add_a_table.py",
        '"dictionary --sql market.fact_share_count"',
    ),
}
"""Commands that stay, wait for a worker or need a table that a page adds: the test that runs each, and the words by which it does."""


def documented(page: Path) -> set[str]:
    """Every command line in a page's blocks of shell; comments, prompts and what is piped are cut off."""
    found = set()
    for block in re.findall(r"^ *```(?:sh|console)[^\n]*\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL):
        for line in re.sub(r"\\\n\s*", " ", block).splitlines():
            match = re.search(r"(?:^\s*(?:\$ )?|&& |in_network )(?:\.venv/bin/)?tickerhouse (.+)", line)
            if match:
                found.add(re.split(r"  +[(#]| \|\| | && | \| |\$\(", match[1])[0].strip())
    return found


def embedded(page: Path) -> list[str]:
    """The commands of a page that are marked as running on the embedded stack, as they stand.

    Those of the how-to pages and the tutorial are run by `tests/end_to_end/test_documents.py`, those of the runbook by
    `tests/infra/test_infra_runbook.py`.
    """
    blocks = re.findall(r"^ *```sh embedded\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


def of_prefect_page() -> list[str]:
    """The commands of docs/prefect.md, which `tests/end_to_end/test_prefect_page.py` runs in their order."""
    blocks = re.findall(r"^```console\n(.*?)^```", (DOCS / "prefect.md").read_text(), re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def examples() -> list[str]:
    """The examples of README and the help that read."""
    shown = [
        line
        for page in (ROOT / "README.md", DOCS / "reference" / "commands.md")
        for line in re.findall(r"^(?:\$ )?(?:\s*\.venv/bin/)?(tickerhouse .+?)(?:  +#.*)?$", page.read_text(), re.MULTILINE)
    ]
    return [line for line in dict.fromkeys(shown) if line.split()[1].startswith(READING) and not OF_ANOTHER_RUN.search(line)]
