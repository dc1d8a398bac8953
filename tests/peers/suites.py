"""The peers: what is installed, where its tests come from, how they are run, and what cannot apply to a Redshift on one machine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.peers.local import ROLE, USER, Stack, describe_to_awswrangler
from tests.peers.report import Exemption


def _nothing(_stack: Stack, _source: Path) -> None:
    """Prepare nothing."""


def _no_variables(_stack: Stack) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Peer:
    """One library or tool that talks to Redshift.

    Attributes:
        name: On the command line.
        distribution: On the package index; empty for what is no Python package.
        requirements: Installed into its own environment, the tools of its tests included.
        checks: The file in ``checks/`` that this project wrote for it.
        tests: Files and folders of its own suite, in its sources; empty where only the checks are run.
        shadows: Folders of the sources that would hide the installed package.
        options: Added to pytest's command line.
        variables: Environment of its suite.
        prepare: Called with the unpacked sources before the run.
        exemptions: What says nothing about the local Redshift.
    """

    name: str
    distribution: str
    requirements: tuple[str, ...]
    checks: str
    tests: tuple[str, ...] = ()
    shadows: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    variables: Callable[[Stack], Mapping[str, str]] = _no_variables
    prepare: Callable[[Stack, Path], None] = _nothing
    exemptions: tuple[Exemption, ...] = field(default=())


def _settings_of_the_driver(stack: Stack, source: Path) -> None:
    common = f"database = dev\nhost = {stack.host}\n"
    (source / "test" / "config.ini").write_text(
        f"[ci-cluster]\n{common}test_user = {USER}\npassword = {stack.password}\ntest_password = {stack.password}\n"
        f"region = us-east-1\ncluster_identifier = local\n\n"
        f"[default-test]\nport = {stack.port}\nssl = true\nsslmode = verify-ca\n\n[cluster-setup]\ngroups = \n",
        encoding="utf-8",
    )


_POSTGRESQL_ONLY = "PostgreSQL has it and Redshift documents that it has not (c_unsupported-postgresql-features)"
PEERS = (
    Peer(
        "awswrangler",
        "awswrangler",
        ("awswrangler[redshift]", "boto3", "pytest"),
        "test_awswrangler.py",
        tests=("tests/unit/test_redshift.py",),
        shadows=("awswrangler",),
        options=("-p", "no:randomly"),
        prepare=lambda stack, _source: describe_to_awswrangler(stack),
        exemptions=(
            Exemption(r"spectrum|external_schema|create_external", "external schemas need Glue and Spectrum, which moto does not serve"),
            Exemption(r"kms_key|test_copy_unload_kms|\[kms\]", "needs a key of KMS"),
            Exemption(r"connect_temp|get_cluster_credentials", "needs a provisioned cluster"),
            Exemption(r"lakeformation|data_api", "asks another service of AWS"),
        ),
    ),
    Peer(
        "redshift_connector",
        "redshift_connector",
        ("redshift_connector", "pandas", "numpy", "pytest", "pytest-mock"),
        "test_redshift_connector.py",
        tests=("test/integration",),
        shadows=("redshift_connector",),
        options=("--ignore=test/integration/plugin", "--ignore=test/integration/test_idp_token_auth_integration.py"),
        prepare=_settings_of_the_driver,
        exemptions=(
            Exemption(r"idp|Idp|okta|azure|iam|Iam|Serverless|serverless", "signs in through an identity provider or IAM of AWS"),
            Exemption(r"datashar|ds_consumer|producer|external", "needs datashares or external schemas of a second cluster"),
            Exemption(r"stl_connection_log", "reads a log of provisioned clusters, which Serverless has not"),
        ),
    ),
    Peer(
        "sqlalchemy-redshift",
        "sqlalchemy-redshift",
        ("sqlalchemy-redshift", "sqlalchemy<2.1", "psycopg2-binary", "redshift_connector", "alembic", "packaging", "requests", "pytest"),
        "test_sqlalchemy_redshift.py",
        tests=("tests",),
        shadows=("sqlalchemy_redshift",),
        options=("--dbdriver=psycopg2", "--dbdriver=redshift_connector"),
        variables=lambda stack: {
            "REDSHIFT_HOST": stack.host,
            "REDSHIFT_PORT": str(stack.port),
            "REDSHIFT_USERNAME": USER,
            "REDSHIFT_DATABASE": "dev",
            "REDSHIFT_IAM_ROLE_ARN": ROLE,
        },
        exemptions=(Exemption(r"external_table", "external tables need Spectrum"),),
    ),
    Peer("dbt", "dbt-redshift", ("dbt-redshift<1.11", "dbt-core<1.11", "pytest"), "test_dbt.py"),
    Peer("psql", "", ("pytest",), "test_psql.py"),
    Peer(
        "psycopg2",
        "psycopg2",
        ("psycopg2-binary", "pytest"),
        "test_psycopg2.py",
        tests=("tests",),
        shadows=("lib",),
        variables=lambda stack: {
            "PSYCOPG2_TESTDB": "dev",
            "PSYCOPG2_TESTDB_HOST": stack.host,
            "PSYCOPG2_TESTDB_PORT": str(stack.port),
            "PSYCOPG2_TESTDB_USER": USER,
            "PSYCOPG2_TESTDB_PASSWORD": stack.password,
        },
        exemptions=(
            Exemption(r"test_copy|copy_from|copy_expert|copy_to", "COPY FROM STDIN: " + _POSTGRESQL_ONLY),
            Exemption(r"lobject|lo_create", "large objects: " + _POSTGRESQL_ONLY),
            Exemption(r"(?i)test_notify|listen", "LISTEN and NOTIFY: " + _POSTGRESQL_ONLY),
            Exemption(
                r"(?i)range|hstore|composite|jsonb?|uuid|bytea|xid|inet|network|array|enum", "a type or an array: " + _POSTGRESQL_ONLY
            ),
            Exemption(r"(?i)savepoint|tpc", _POSTGRESQL_ONLY),
        ),
    ),
    Peer("psycopg", "psycopg", ("psycopg[binary]", "pytest"), "test_psycopg.py"),
    Peer("dlt", "dlt", ("dlt[redshift,parquet]", "s3fs", "psycopg2-binary", "pytest"), "test_dlt.py"),
)
