"""One answer as it goes over the wire, and how it is delivered."""

from dataclasses import dataclass
from typing import Final, Literal

JSON_TYPE: Final = "application/json"
CSV_TYPE: Final = "application/x-download"
HTML_TYPE: Final = "text/html; charset=utf-8"

Delivery = Literal["whole", "hang", "reset", "short", "slow"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the stand-in answers.

    Attributes:
        name: ``data``, or the name of the refusal (see ``refusals.REFUSALS``); kept in the journal, never sent.
        body: the exact bytes.
        status: the HTTP status.
        content_type: the value of the header, as the API sends it.
        delivery: ``whole``; ``hang`` (nothing is sent for ``seconds``, then the connection closes); ``reset`` (the connection is reset);
            ``short`` (fewer bytes than promised, then the connection closes); ``slow`` (the bytes are spread over ``seconds``).
        seconds: wait before the answer, or the time that ``hang`` and ``slow`` take.
    """

    name: str
    body: bytes
    status: int = 200
    content_type: str = JSON_TYPE
    delivery: Delivery = "whole"
    seconds: float = 0.0
