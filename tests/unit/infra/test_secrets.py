"""The scan finds every shape it knows, in this checkout none, and says so where it looked at nothing."""

import subprocess
from pathlib import Path

import pytest

from infra.tools.secrets import SHAPES, find, scan

ROOT = Path(__file__).resolve().parents[3]

# In pieces, so that the scan does not find its own examples.
EXAMPLES = {
    "AWS access key": "key = AK" + "IAIOSFODNN7EXAMPLE",
    "AWS secret key": "AWS_SECRET_ACCESS" + "_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "private key": "-----BEGIN RSA PRIVATE" + " KEY-----",
    "Slack webhook": "https://hooks.slack" + ".com/services/T00000000/B00000000/XXXX",
    "Slack token": "xo" + "xb-123456789012-abcdef",
    "Prefect key": "pn" + "u_0123456789abcdefghijABCDEFGHIJ",
    "GitHub token": "gh" + "p_0123456789abcdefghijABCDEFGHIJ012345",
    "Alpha Vantage key": "query?function=X&api" + "key=AB12CD34EF56GH78",
    "credentials in an address": "postgresql://prefect:" + "hunter22@db.example.com/prefect",
    "token of the web (JWT)": "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0NTY3ODkwIn0.abc",
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_found_and_its_line_is_named(name: str) -> None:
    assert list(find(f"first\n{EXAMPLES[name]}\n")) == [(2, name)]


@pytest.mark.parametrize(
    "line",
    [
        "https://www.alphavantage.co/query?function=TIME_SERIES_DAILY&apikey=demo",
        "ALPHAVANTAGE_API_KEY=...",
        "url = f'redshift://{user}:{password}@{host}'",
        "arn:aws:iam::123456789012:role/tickerhouse-prod-load",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ],
)
def test_what_is_no_secret_is_left_alone(line: str) -> None:
    assert list(find(line)) == []


def test_this_checkout_holds_none() -> None:
    assert scan(ROOT) == []


def test_a_folder_without_files_is_not_called_clean(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)  # noqa: S607 - as above
    with pytest.raises(RuntimeError, match="git lists no file"):
        scan(tmp_path)


def test_a_secret_that_git_does_not_keep_yet_is_found_too(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)  # noqa: S607 - as above
    (tmp_path / "notes.txt").write_text(EXAMPLES["AWS access key"])
    assert scan(tmp_path) == ["notes.txt:1: AWS access key"]
