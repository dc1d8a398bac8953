"""The options that several commands share, with their help texts."""

from pathlib import Path
from typing import Annotated, Literal

import typer

OutputSizeOption = Annotated[
    Literal["compact", "full"] | None,
    typer.Option(metavar="compact|full", help="The latest 100 sessions, or the whole history (a premium plan)."),
]
ReplayFolder = Annotated[
    Path | None,
    typer.Option("--replay", metavar="FOLDER", help="Recorded answers in place of the API, kept apart as a source of its own."),
]
ExchangeName = Annotated[str, typer.Option("--exchange", metavar="NAME", help="Only the symbols of this exchange, e.g. XLON.")]
Symbols = Annotated[str | None, typer.Option(metavar="A,B", help="Symbols in place of the watchlist.")]
AsOf = Annotated[str, typer.Option(metavar="MOMENT", help="The moment to run for: a timestamp, or a session's date; now if not given.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
