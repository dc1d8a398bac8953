"""TIME_SERIES_DAILY_ADJUSTED: prices with adjusted closes, dividends and splits (https://www.alphavantage.co/documentation/#dailyadj).

For premium keys. It shares its series key with TIME_SERIES_DAILY; only the row keys tell them apart.
"""

from typing import Final

from tasks.alpha_vantage.series import SeriesShape

SHAPE: Final = SeriesShape(
    "TIME_SERIES_DAILY_ADJUSTED",
    "Time Series (Daily)",
    ("open", "high", "low", "close", "adjusted close", "volume", "dividend amount", "split coefficient"),
)
