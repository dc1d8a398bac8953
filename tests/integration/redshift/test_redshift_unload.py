"""UNLOAD in every format: names, contents, packing, manifest, and what COPY reads back."""

import bz2
import gzip
import json
from typing import Any

import pyarrow as pa
import pytest

from tests.integration.redshift.conftest import BUCKET, ROLE, Client, Lake

pytestmark = pytest.mark.embedded


@pytest.fixture
def unload(client: Client, lake: Lake, database: str) -> Any:
    client.run("create table t (i int, n decimal(8,2), v varchar(9), s super)")
    client.run("""insert into t select 1, 2.50, 'a|b', json_parse('{"x":[1]}')""")
    client.run("insert into t values (2, null, 'q\"q', null)")

    def unloaded(options: str, query: str = "select i, n, v from t order by i") -> dict[str, bytes]:
        client.run(f"unload ('{query}') to 's3://{BUCKET}/{database}/' iam_role '{ROLE}' {options}")
        return lake.under(f"{database}/")

    return unloaded


@pytest.mark.parametrize(
    ("options", "name", "body"),
    [
        ("", "0000_part_00", b'1|2.50|a|b\n2||q"q\n'),
        ("escape null as 'nil'", "0000_part_00", b'1|2.50|a\\|b\n2|nil|q"q\n'),
        ("addquotes delimiter ','", "0000_part_00", b'"1","2.50","a|b"\n"2","","q"q"\n'),
        ("csv header", "0000_part_00", b'i,n,v\n1,2.50,a|b\n2,,"q""q"\n'),
        ("csv parallel off", "000", b'1,2.50,a|b\n2,,"q""q"\n'),
        ("csv extension 'csv'", "0000_part_00.csv", b'1,2.50,a|b\n2,,"q""q"\n'),
        ("fixedwidth 'i:3,n:5,v:4'", "0000_part_00", b'1  2.50 a|b \n2       q"q \n'),
        ("json", "0000_part_00", b'{"i":1,"n":2.50,"v":"a|b"}\n{"i":2,"n":null,"v":"q\\"q"}\n'),
    ],
)
def test_each_format_is_written_as_documented(unload: Any, options: str, name: str, body: bytes) -> None:
    assert unload(options) == {name: body}


@pytest.mark.parametrize(
    ("option", "ending", "unpack"),
    [("gzip", ".gz", gzip.decompress), ("bzip2", ".bz2", bz2.decompress), ("zstd", ".zst", None)],
)
def test_files_are_packed_and_copied_back(client: Client, unload: Any, database: str, option: str, ending: str, unpack: Any) -> None:
    ((name, body),) = unload(f"csv {option}").items()
    assert name == f"0000_part_00{ending}"
    plain = unpack(body) if unpack else pa.CompressedInputStream(pa.BufferReader(body), "zstd").read()
    assert plain.startswith(b"1,2.50")
    client.run("create table back (i int, n decimal(8,2), v varchar(9))")
    client.run(f"copy back from 's3://{BUCKET}/{database}/' iam_role '{ROLE}' csv {option}")
    assert client.run("select * from back order by i") == client.run("select i, n, nullif(v, '') from t order by i")


def test_a_super_value_stays_a_document_in_json(unload: Any) -> None:
    assert unload("json", "select s from t where i = 1") == {"0000_part_00": b'{"s":{"x":[1]}}\n'}


def test_a_verbose_manifest_counts_and_names_the_columns(unload: Any, database: str) -> None:
    files = unload("csv manifest verbose")
    manifest = json.loads(files["manifest"])
    size = len(files["0000_part_00"])
    entry = {"url": f"s3://{BUCKET}/{database}/0000_part_00", "meta": {"content_length": size, "record_count": 2}}
    assert manifest["entries"] == [entry]
    assert [one["name"] for one in manifest["schema"]["elements"]] == ["i", "n", "v"]
    assert manifest["meta"] == {"content_length": size, "record_count": 2}


def test_cleanpath_empties_only_the_folders_that_get_files(client: Client, lake: Lake, database: str, unload: Any) -> None:
    for key in ("i=1/old", "i=9/old"):
        lake.put(f"{database}/{key}", b"x")
    assert "not empty" in client.fails(f"unload ('select * from t') to 's3://{BUCKET}/{database}/' iam_role '{ROLE}' csv")["M"]
    assert set(unload("csv cleanpath partition by (i)")) == {"i=1/0000_part_00", "i=2/0000_part_00", "i=9/old"}


def test_no_file_is_larger_than_maxfilesize(client: Client, unload: Any) -> None:
    client.run("create table wide as select repeat('x', 60000) as v")
    for _ in range(7):
        client.run("insert into wide select * from wide")
    files = unload("maxfilesize 5 mb", "select v from wide")
    assert sorted(files) == ["0000_part_00", "0000_part_01"]
    assert all(len(body) <= 5_000_000 for body in files.values())


def test_a_limit_outside_is_refused(client: Client) -> None:
    refused = client.fails(f"unload ('select 1 limit 1') to 's3://{BUCKET}/x' iam_role '{ROLE}'")
    assert refused["M"] == "Limit clause is not supported"
