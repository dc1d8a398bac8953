"""The damaged symbol: three bars of DMGD, each with one fault that validation must find.

At any instant the damaged sessions are the 10th, the 20th and the 30th newest before the first day of the calendar quarter (New York).
That is the one rule which keeps all of these true whatever the instant:

- a compact answer (100 bars) holds exactly three damaged bars, as a full one does: a quarter has at most 65 sessions, and 65 + 30 < 100;
- none of them is among the newest ten, so none is ever the bar of a session that is due;
- the same three stay damaged for a whole quarter, so that a second run sees the same answer.

The price is a restatement at each quarter's turn: three former good bars arrive damaged, and the three damaged ones have been mended.
"""

from datetime import date
from typing import Final

from infra.local.alpha_vantage.exchange_calendar import Moment, sessions

_AGES: Final = (10, 20, 30)
_NOT_A_NUMBER: Final = "N/A"


def damaged_sessions(moment: Moment) -> tuple[str, str, str]:
    """The three damaged sessions at a moment, newest first."""
    today = moment.new_york.date()
    known = sessions()
    quarter = known.ordinal_from(date(today.year, today.month - (today.month - 1) % 3, 1))
    newest, middle, oldest = (known.names[max(0, quarter - age)] for age in _AGES)
    return newest, middle, oldest


def damage(days: list[str], columns: dict[str, list[str]], moment: Moment) -> None:
    """Damages the printed bars in place: a volume that is no number, a high under its low, a close below zero.

    Args:
        days: the sessions, as printed.
        columns: the printed values by column name, each as long as ``days``.
        moment: when they are asked for.
    """
    newest, middle, oldest = damaged_sessions(moment)
    for place, day in enumerate(days):
        if day == newest:
            columns["volume"][place] = _NOT_A_NUMBER
        elif day == middle:
            columns["high"][place], columns["low"][place] = columns["low"][place], columns["high"][place]
        elif day == oldest:
            columns["close"][place] = f"-{columns['close'][place]}"
