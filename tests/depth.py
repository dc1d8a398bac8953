"""Whether tests go deep: ``make test-all`` tries every case and many examples, ``make test`` one of each kind."""

import os
from typing import Final

IS_DEEP: Final = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
