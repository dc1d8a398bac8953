"""The link to a verdict says when it dies, which is not always the moment that is signed into it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tasks.orchestration.page_links import link_ends

LINK = "https://lake.s3.us-east-1.amazonaws.com/quality/run-1/index.html?X-Amz-Date=20261120T101500Z&X-Amz-Expires=43200&X-Amz-Signature=0"


@pytest.mark.parametrize(
    ("credentials_end", "ends"),
    [
        (None, datetime(2026, 11, 20, 22, 15, tzinfo=UTC)),
        (datetime(2026, 11, 20, 11, 15, tzinfo=UTC), datetime(2026, 11, 20, 11, 15, tzinfo=UTC)),
        (datetime(2026, 11, 20, 12, 15, tzinfo=timezone(timedelta(hours=1))), datetime(2026, 11, 20, 11, 15, tzinfo=UTC)),
        (datetime(2026, 11, 27, tzinfo=UTC), datetime(2026, 11, 20, 22, 15, tzinfo=UTC)),
    ],
)
def test_a_link_ends_as_signed_or_with_the_credentials_that_signed_it(credentials_end: datetime | None, ends: datetime) -> None:
    """A link ends as it is signed or with the credentials that signed it."""
    assert link_ends(LINK, credentials_end) == ends
