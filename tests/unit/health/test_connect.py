from dataclasses import replace

import pytest

from tasks.health.connect import Connection, connection_sections

AWS = Connection({}, "tickerhouse", "prod_alpha_vantage", "us-east-1", "", 5439, "tickerhouse-prod-alpha-vantage", "")
EMBEDDED = replace(
    AWS,
    environment={"AWS_ACCESS_KEY_ID": "embedded", "SSL_CERT_FILE": "/home/me/.tickerhouse/tls/trusted.pem"},
    host="localhost",
    port=27450,
    database_file="/home/me/.tickerhouse/redshift/dev_synthetic.duckdb",
)


@pytest.mark.parametrize("place", [AWS, EMBEDDED], ids=["aws", "embedded"])
def test_the_python_lines_are_python(place: Connection) -> None:
    for title, lines in connection_sections(place):
        if lines.startswith("import"):
            compile(lines, title, "exec")


def test_every_tool_has_its_lines() -> None:
    titles = " ".join(title for title, _ in connection_sections(EMBEDDED))
    assert [tool for tool in ("psql", "SQLAlchemy", "awswrangler", "pandas", "DuckDB", "query editor") if tool not in titles] == []


def test_on_aws_nothing_is_exported_and_files_are_in_the_bucket() -> None:
    sections = dict(connection_sections(AWS))
    assert "first, in this shell" not in sections
    assert "s3://tickerhouse-prod-alpha-vantage/lake/daily_prices" in sections["pandas on the lake's current files"]
    assert "get-workgroup" in sections["psql"]


def test_on_the_embedded_stack_the_shell_is_pointed_at_it_first() -> None:
    sections = dict(connection_sections(EMBEDDED))
    assert sections["first, in this shell"].splitlines()[0] == "export AWS_ACCESS_KEY_ID=embedded"
    assert "host=localhost port=27450" in sections["psql"]
    assert "/home/me/.tickerhouse/s3/tickerhouse-prod-alpha-vantage/lake" in sections["pandas on the lake's current files"]
