"""A stand-in for the Alpha Vantage API: its shapes, its refusals, its limits; synthetic or recorded bodies.

It shares no code with the client it is there to test.
"""

from infra.local.alpha_vantage.replay import replay_source_name
from infra.local.alpha_vantage.server import AlphaVantageServer
from infra.local.alpha_vantage.settings import SourceSettings

__all__ = ["AlphaVantageServer", "SourceSettings", "replay_source_name"]
