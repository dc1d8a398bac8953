"""TIME_SERIES_MONTHLY and its adjusted form (https://www.alphavantage.co/documentation/#monthly); free, always the whole history."""

from typing import Final

from tasks.alpha_vantage.series import SeriesShape

SHAPE: Final = SeriesShape("TIME_SERIES_MONTHLY", "Monthly Time Series", ("open", "high", "low", "close", "volume"))
ADJUSTED_SHAPE: Final = SeriesShape(
    "TIME_SERIES_MONTHLY_ADJUSTED",
    "Monthly Adjusted Time Series",
    ("open", "high", "low", "close", "adjusted close", "volume", "dividend amount"),
)
