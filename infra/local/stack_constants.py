"""What the embedded servers and those who call them agree on."""

from typing import Final

ACCESS_KEY: Final = "embedded"
SECRET_KEY: Final = "embedded-secret"  # noqa: S105 - opens nothing but the servers on 127.0.0.1 that are started with it
REGION: Final = "us-east-1"
WORKGROUP: Final = "tickerhouse"
# Of the form that real keys have: a word would also stand in what the stand-in answers, and data with the key in them are refused.
STAND_IN_KEY: Final = "EMBEDDEDSTANDIN0"
