"""Ready lines for the tools of people who ask the warehouse and read the lake. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Connection:
    """Where the warehouse and the lake are.

    Attributes:
        environment: variables that lead AWS's libraries there; empty on AWS, where a profile or role does.
        workgroup: the Redshift Serverless workgroup.
        database: the database in it.
        region: the AWS region.
        host: the host to sign in at; empty where AWS's libraries find it.
        port: its port.
        bucket: the lake's bucket.
        database_file: the DuckDB file behind the embedded Redshift; empty on AWS.
    """

    environment: dict[str, str]
    workgroup: str
    database: str
    region: str
    host: str
    port: int
    bucket: str
    database_file: str


def connection_sections(to: Connection) -> Iterator[tuple[str, str]]:
    """A title and lines to copy for each tool."""
    if to.environment:
        yield "first, in this shell", "\n".join(f"export {name}={value}" for name, value in sorted(to.environment.items()))
    yield "redshift_connector (Python)", _driver(to)
    yield "pandas by awswrangler", _wrangler(to)
    yield "SQLAlchemy (pip install sqlalchemy-redshift)", _sqlalchemy(to)
    yield "psql", _psql(to)
    yield "DuckDB on the lake's current files", _duckdb(to)
    yield "pandas on the lake's current files", _parquet(to)
    yield "query editor", _query_editor(to)


def _login(to: Connection) -> str:
    return f'iam=True, is_serverless=True, serverless_work_group="{to.workgroup}", database="{to.database}", region="{to.region}", ssl=True'


def _driver(to: Connection) -> str:
    return f"""import redshift_connector
connection = redshift_connector.connect({_login(to)})
cursor = connection.cursor()
cursor.execute("select symbol, session_date, close from market.latest_price order by symbol")
print(cursor.fetchall())"""  # noqa: S608 - a text for people to copy


def _wrangler(to: Connection) -> str:
    return f"""import awswrangler, redshift_connector
connection = redshift_connector.connect({_login(to)})
frame = awswrangler.redshift.read_sql_query("select * from market.daily_metric order by symbol, session_date", con=connection)
print(frame.tail())"""  # noqa: S608 - as above


def _sqlalchemy(to: Connection) -> str:
    return f"""import redshift_connector, sqlalchemy
open_connection = lambda: redshift_connector.connect({_login(to)})
engine = sqlalchemy.create_engine("redshift+redshift_connector://", creator=open_connection)"""


def _psql(to: Connection) -> str:
    login = f"aws redshift-serverless get-credentials --workgroup-name {to.workgroup} --db-name {to.database} --region {to.region}"
    verify = "sslmode=verify-full" + (" sslrootcert=$SSL_CERT_FILE" if to.environment else "")
    host = to.host or (
        f"$(aws redshift-serverless get-workgroup --workgroup-name {to.workgroup} --region {to.region}"
        " --query workgroup.endpoint.address --output text)"
    )
    return f"""login=$({login} --query '[dbUser,dbPassword]' --output text)
PGUSER=$(echo "$login" | cut -f1) PGPASSWORD=$(echo "$login" | cut -f2) psql "host={host} port={to.port} dbname={to.database} {verify}\""""


def _duckdb(to: Connection) -> str:
    bars = f"print(duckdb.sql(\"select * from read_parquet('{_files(to)}/lake/daily_prices/year=*/*.parquet')\"))"  # noqa: S608 - as above
    if to.database_file:
        return f"""import duckdb
{bars}
# {to.database_file} is locked while the servers run; after `tickerhouse down`: duckdb.connect("{to.database_file}", read_only=True)"""
    return f"""import duckdb
duckdb.sql("install httpfs; load httpfs; create secret (type s3, provider credential_chain, region '{to.region}')")
{bars}"""


def _parquet(to: Connection) -> str:
    return f"""import pandas
frame = pandas.read_parquet("{_files(to)}/lake/daily_prices")  # prices are Decimal"""


def _files(to: Connection) -> str:
    if to.database_file:
        return f"{to.database_file.partition('/redshift/')[0]}/s3/{to.bucket}"
    return f"s3://{to.bucket}"


def _query_editor(to: Connection) -> str:
    if to.database_file:
        return 'There is none here; tickerhouse sql "select ..." asks the same database.'
    return (
        f"https://{to.region}.console.aws.amazon.com/sqlworkbench/home?region={to.region}\n"
        f"workgroup {to.workgroup}, database {to.database}, temporary credentials using your IAM identity (docs/query-editor.md)"
    )
