"""Parameters shared by flows, with the titles and descriptions shown in the Prefect UI's form."""

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from tasks.exchanges import SYMBOL_FORM


def parameter(title: str, description: str, example: object = None, **bounds: Any) -> Any:
    """A parameter's title and words in the form, an example, and bounds that the form and the server hold.

    Prefect overwrites a field's own title and description with the parameter's name and nothing; what stands in the schema's extras stays.

    Args:
        title: the label.
        description: what it means, and what an empty field means.
        example: a value as it is typed.
        bounds: pydantic's own: ``ge``, ``le``, ``min_length``, ``max_length``, ``pattern``.
    """
    if example is None:
        return Field(json_schema_extra={"title": title, "description": description}, **bounds)
    # The form shows descriptions, and no examples.
    typed = example if isinstance(example, str) else json.dumps(example)
    extra: dict[str, Any] = {"title": title, "description": f"{description} Example: {typed}", "examples": [example]}
    return Field(json_schema_extra=extra, **bounds)


# With the blanks and lower-case letters that a person types and the plan corrects.
Symbol = Annotated[str, Field(pattern=rf"^ *{SYMBOL_FORM.pattern.replace('A-Z', 'A-Za-z')} *$")]
Symbols = Annotated[
    list[Symbol] | None,
    parameter("Symbols", "Symbols to load in place of the watchlist; empty means the whole watchlist.", ["AAPL", "BRK-B"], max_length=5000),
]
WatchlistPlace = Annotated[
    str | None,
    parameter(
        "Watchlist",
        "A file or s3:// address of a watchlist in place of the usual one (TICKERHOUSE_WATCHLIST).",
        "s3://my-bucket/config/watchlist.yaml",
    ),
]
Exchange = Annotated[
    str | None,
    parameter("Exchange", "Only the symbols of this exchange, as exchange_calendars names it; empty means all.", "XLON"),
]
AsOf = Annotated[
    datetime | None,
    parameter("As of", "The moment to run for, in UTC; sessions not final then are not loaded. Empty means now.", "2026-11-20T02:00:00Z"),
]
