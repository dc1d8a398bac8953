"""The AWS command line, as far as the runbook goes, for an account that ``AWS_ENDPOINT_URL`` names; words become calls by AWS's own models.

As a program: ``python -m tests.infra.account.command_line ecr describe-images --repository-name x --query ... --output text``.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import Shape

_SILENT = {("logs", "tail")}


def _options(words: Sequence[str]) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name = word.removeprefix("--")
            options[name] = []
        else:
            options[name].append(word)
    return options


def _given(word: str) -> str:
    return Path(word.removeprefix("file://")).read_text() if word.startswith("file://") else word


def _value(shape: Shape, words: list[str]) -> Any:
    kind = shape.type_name
    if kind == "list" and not words[0].startswith("["):
        return [_value(shape.member, [word]) for word in words]  # type: ignore[attr-defined]
    (word,) = words
    text = _given(word)
    if kind in {"structure", "map", "list"}:
        if text.startswith(("{", "[")):
            return json.loads(text)
        return {key: _scalar(value) for key, value in (part.split("=", 1) for part in text.split(","))}
    return {"integer": int, "long": int}.get(kind, str)(text)


def _scalar(text: str) -> bool | str:
    return text == "true" if text in {"true", "false"} else text


def _print(result: Any, output: str) -> None:
    if output != "text":
        sys.stdout.write(json.dumps(result, default=str) + "\n")
        return
    items = result if isinstance(result, list) else [result]
    sys.stdout.write("\t".join("None" if item is None else str(item) for item in items) + "\n")


def _copied(words: Sequence[str]) -> None:
    bucket, _, key = words[1].removeprefix("s3://").partition("/")
    client = boto3.client("s3")
    # moto applies the lake's denials without their conditions, so its policy is set aside for this one object.
    policy = client.get_bucket_policy(Bucket=bucket)["Policy"]
    client.delete_bucket_policy(Bucket=bucket)
    client.put_object(Bucket=bucket, Key=key, Body=Path(words[0]).read_bytes())
    client.put_bucket_policy(Bucket=bucket, Policy=policy)


def _called(service: str, operation: str, options: dict[str, list[str]]) -> Any:
    make: Any = boto3.client
    client = make("s3" if service == "s3api" else service)
    model = client.meta.service_model
    (name,) = [each for each in model.operation_names if xform_name(each, "-") == operation]
    shape = model.operation_model(name).input_shape
    members = {xform_name(member, "-"): member for member in shape.members} if shape else {}
    asked = {members[option]: _value(shape.members[members[option]], words) for option, words in options.items()}
    answer = getattr(client, xform_name(name))(**asked)
    if operation == "run-task":
        # A command of the runbook ends; moto's task would run for ever.
        client.stop_task(cluster=asked["cluster"], task=answer["tasks"][0]["taskArn"])
    if operation == "describe-tasks":
        for task in answer["tasks"]:
            # moto has no container that ends, and so no status.
            task["containers"] = [{"exitCode": 0, **container} for container in task["containers"]] or [{"exitCode": 0}]
    answer.pop("ResponseMetadata", None)
    return answer


def main(words: Sequence[str]) -> int:
    """One command; 254 where the service refuses, as the real one has it."""
    service, operation, *rest = words
    if (service, operation) in _SILENT:
        return 0
    if (service, operation) == ("s3", "cp"):
        _copied(rest)
        return 0
    if (service, operation) == ("ecr", "get-login-password"):
        sys.stdout.write("password\n")
        return 0
    options = _options(rest)
    query, output = options.pop("query", None), options.pop("output", ["json"])[0]
    try:
        answer = _called(service, operation, options)
    except ClientError as error:
        sys.stderr.write(f"{error}\n")
        return 254
    _print(jmespath.search(query[0], answer) if query else answer, output)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
