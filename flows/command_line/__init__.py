"""The console script ``tickerhouse``. It may import everything; ``infra.local`` only when a command needs it."""

from flows.command_line.program import main

__all__ = ["main"]
