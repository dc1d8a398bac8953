"""What a peer connects to: the local Redshift over TLS, with moto for S3 and the services that a peer's own suite asks for its settings."""

import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from infra.local.certificate import ensure_certificate
from infra.local.redshift import Certificate, RedshiftServer, S3Access

BUCKET = "peers"
KEY = "testing"
REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/redshift"
USER = "IAM:embedded"
_A_DAY = 86_400.0


@dataclass(frozen=True)
class Stack:
    """The servers' addresses.

    Attributes:
        host: Of the local Redshift, by the name its certificate has.
        port: Its port.
        password: Of ``USER``.
        trusted: A PEM file with the authority that signed its certificate.
        endpoint: Of moto.
    """

    host: str
    port: int
    password: str
    trusted: Path
    endpoint: str

    def environment(self) -> dict[str, str]:
        """Return the variables that the peers and the checks read."""
        return {
            "PEER_HOST": self.host,
            "PEER_PORT": str(self.port),
            "PEER_USER": USER,
            "PEER_PASSWORD": self.password,
            "PEER_TRUSTED": str(self.trusted),
            "PEER_S3": self.endpoint,
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": USER,
            "PGPASSWORD": self.password,
            "PGDATABASE": "dev",
            "PGSSLMODE": "require",
            "SSL_CERT_FILE": str(self.trusted),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_DEFAULT_REGION": REGION,
        }


@contextlib.contextmanager
def local_stack(folder: Path) -> Iterator[Stack]:
    """Run the servers, the databases in memory, the certificate in a folder."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    certificate, private_key, trusted = ensure_certificate(folder, datetime.now(UTC), None)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        access = S3Access(endpoint, KEY, KEY, REGION)
        with RedshiftServer(None, access, certificate=Certificate(certificate, private_key)) as server:
            password = server.issue_credentials(USER, _A_DAY).password
            stack = Stack("localhost", server.port, password, trusted, endpoint)
            _client("s3", stack).create_bucket(Bucket=BUCKET)
            yield stack
    finally:
        moto.stop()


def describe_to_awswrangler(stack: Stack) -> None:
    """Make what awswrangler's suite asks AWS for: a stack's outputs, a secret, a Glue connection."""
    outputs = {
        "Region": REGION,
        "BucketName": BUCKET,
        "GlueDatabaseName": "peers",
        "KmsKeyArn": f"arn:aws:kms:{REGION}:123456789012:key/none",
        "RedshiftAddress": stack.host,
        "RedshiftPort": str(stack.port),
        "RedshiftIdentifier": "local",
        "RedshiftSchema": "public",
        "RedshiftDatabase": "dev",
        "RedshiftRole": ROLE,
        "DatabasesUsername": USER,
    }
    secret = {"username": USER, "password": stack.password, "engine": "redshift", "host": stack.host, "port": stack.port, "dbname": "dev"}
    secrets = _client("secretsmanager", stack)
    arn = secrets.create_secret(Name="aws-sdk-pandas/redshift", SecretString=json.dumps(secret))["ARN"]
    secrets.create_secret(Name="aws-sdk-pandas/db_password", SecretString=stack.password)
    outputs["RedshiftSecretArn"] = arn
    template = {
        "Resources": {"Nothing": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    _client("cloudformation", stack).create_stack(StackName="aws-sdk-pandas-databases", TemplateBody=json.dumps(template))
    glue = _client("glue", stack)
    glue.create_database(DatabaseInput={"Name": "peers"})
    glue.create_connection(
        ConnectionInput={
            "Name": "aws-sdk-pandas-redshift",
            "ConnectionType": "JDBC",
            "ConnectionProperties": {
                "JDBC_CONNECTION_URL": f"jdbc:redshift://{stack.host}:{stack.port}/dev",
                "USERNAME": USER,
                "PASSWORD": stack.password,
            },
        }
    )


def _client(service: Any, stack: Stack) -> Any:
    return boto3.client(service, endpoint_url=stack.endpoint, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=KEY)
