"""RunSummary and what is made of it: text for people, artifacts, the exit status."""

from tasks.summary.run_summary import RunSummary, SymbolSummary

__all__ = ["RunSummary", "SymbolSummary"]
