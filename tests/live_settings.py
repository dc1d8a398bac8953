"""The settings that ``--live`` needs; read by every test session, so that nothing else is imported here."""

import os

NEEDED = ("TICKERHOUSE_BUCKET", "TICKERHOUSE_DATABASE", "TICKERHOUSE_REGION", "TICKERHOUSE_WORKGROUP")


def missing_settings() -> list[str]:
    """The settings that name the workgroup and are not set."""
    return [name for name in NEEDED if not os.environ.get(name)]
