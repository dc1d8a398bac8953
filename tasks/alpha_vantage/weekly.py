"""TIME_SERIES_WEEKLY and its adjusted form (https://www.alphavantage.co/documentation/#weekly); free, always the whole history."""

from typing import Final

from tasks.alpha_vantage.series import SeriesShape

SHAPE: Final = SeriesShape("TIME_SERIES_WEEKLY", "Weekly Time Series", ("open", "high", "low", "close", "volume"))
ADJUSTED_SHAPE: Final = SeriesShape(
    "TIME_SERIES_WEEKLY_ADJUSTED",
    "Weekly Adjusted Time Series",
    ("open", "high", "low", "close", "adjusted close", "volume", "dividend amount"),
)
