"""Renders the summary as Prefect artifacts: a table of symbols and a markdown report."""

from tasks.summary.run_summary import RunSummary
from tasks.summary.text import render_text


def render_table(summary: RunSummary) -> list[dict[str, str | int]]:
    """One row a symbol, for a table artifact."""
    return [
        {
            "symbol": symbol.symbol,
            "outcome": symbol.outcome.replace("_", " "),
            "bars loaded": symbol.bars_loaded,
            "bars quarantined": symbol.bars_quarantined,
            "why": symbol.reason,
            "next step": symbol.next_step,
        }
        for symbol in summary.symbols
    ]


def render_markdown(summary: RunSummary) -> str:
    """The report of the run, with ``s3://`` addresses as they are."""
    text = render_text(summary, lambda address: address)
    headline, _, rest = text.partition("\n")
    title = f"### {headline}\n\n`{summary.run_id}` · environment {summary.environment} · source {summary.source} · plan {summary.plan}"
    return f"{title}\n\n```text\n{rest.strip(chr(10))}\n```\n" if rest else f"{title}\n"
