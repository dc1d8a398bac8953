"""Every claim about Redshift holds here; the same claims can be put to a real workgroup."""

import pytest
import redshift_connector

from infra.local.redshift import RedshiftServer
from infra.local.redshift.conformance.__main__ import main
from infra.local.redshift.conformance.claims import Claim, answer, claims

pytestmark = pytest.mark.embedded


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.text)
def test_a_claim_of_aws_holds(server: RedshiftServer, database: str, claim: Claim) -> None:
    def connect() -> redshift_connector.Connection:
        return redshift_connector.connect(
            host=server.host, port=server.port, user="IAM:embedded", password=server.issue_password(), database=database, ssl=False
        )

    found = answer(connect, claim)
    assert found == claim.expected if claim.expected else not found.startswith("!"), (found, claim.page)


def test_every_claim_names_its_page_and_its_statements() -> None:
    for claim in claims():
        assert claim.page.startswith("https://docs.aws.amazon.com/redshift/latest/dg/"), claim.text
        assert claim.statements, claim.text


@pytest.mark.deep
def test_the_command_asks_every_claim_of_one_server(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["conformance"])
    assert main() == 0, capsys.readouterr().out
    assert f"{len(claims())} of {len(claims())} claims hold." in capsys.readouterr().out
