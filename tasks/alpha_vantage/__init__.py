"""The Alpha Vantage API: asking it, recognising what it answers, reading its daily prices."""
