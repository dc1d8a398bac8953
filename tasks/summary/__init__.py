"""The RunSummary and its renderings: text, markdown, exit code."""

from tasks.summary.run_summary import RunSummary, SymbolSummary

__all__ = ["RunSummary", "SymbolSummary"]
