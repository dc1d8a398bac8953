"""An evaluator of IAM policies, as far as ours go: what a document says to one call.

Identity policies, and what a bucket's policy denies to everybody: no boundaries, no organisation. An operator it does not know is an
error, so that no condition is ever passed over. How operators treat a key that was not sent:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Policy = Mapping[str, Any]

_EXACT: Final = {"StringEquals", "Bool"}
_PATTERN: Final = {"StringLike", "ArnLike", "ArnEquals"}


@dataclass(frozen=True)
class Need:
    """One right that a call needs.

    Attributes:
        action: ``s3:GetObject``.
        resource: an ARN, or ``*`` for actions that take none.
        context: the condition keys of the call.
        why: what was seen that needs it.
    """

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    why: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}" + (f" with {dict(self.context)}" if self.context else "")


Grant = tuple[str, str, str]
"""A statement's sid, ``action`` or ``resource``, and the pattern that grants."""


def allows(policy: Policy, need: Need) -> bool:
    """Whether the policy lets the call through."""
    matching = [statement for statement in policy["Statement"] if _matches(statement, need)]
    return bool(matching) and all(statement["Effect"] == "Allow" for statement in matching)


def refuses(policy: Policy, need: Need) -> bool:
    """Whether a Deny of the policy fits the call, whoever makes it."""
    return any(statement["Effect"] == "Deny" and _matches(statement, need) for statement in policy["Statement"])


def missing(policy: Policy, needs: Iterable[Need]) -> list[str]:
    """What was needed and is not granted."""
    return sorted({str(need) for need in needs if not allows(policy, need)})


def unused(policy: Policy, needs: Iterable[Need]) -> list[Grant]:
    """What is granted and no call needed: actions, and resources."""
    needs = list(needs)
    grants: list[Grant] = []
    for statement in policy["Statement"]:
        touching = [need for need in needs if _matches(statement, need)]
        actions = {action for action in listed(statement["Action"]) for need in touching if glob(action, need.action)}
        resources = {resource for resource in listed(statement["Resource"]) for need in touching if glob(resource, need.resource)}
        grants += [(statement["Sid"], "action", action) for action in listed(statement["Action"]) if action not in actions]
        grants += [(statement["Sid"], "resource", resource) for resource in listed(statement["Resource"]) if resource not in resources]
    return grants


def passing(policy: Policy, forbidden: Iterable[Need]) -> list[str]:
    """Forbidden calls that the policy would let through."""
    return [str(need) for need in forbidden if allows(policy, need)]


@dataclass(frozen=True)
class Fault:
    """A policy with one thing wrong.

    Attributes:
        kind: ``removed``, ``added`` or ``condition``.
        what: for people.
        policy: with the fault.
    """

    kind: str
    what: str
    policy: Policy


ADDED: Final = {
    "s3": "s3:PutObjectAcl",
    "kms": "kms:Encrypt",
    "secretsmanager": "secretsmanager:PutSecretValue",
    "redshift-serverless": "redshift-serverless:UpdateWorkgroup",
    "redshift-data": "redshift-data:ListStatements",
    "sqs": "sqs:SendMessage",
    "sts": "sts:TagSession",
    "cloudwatch": "cloudwatch:DeleteAlarms",
    "ecs": "ecs:ExecuteCommand",
    "ec2": "ec2:RunInstances",
    "iam": "iam:CreateRole",
    "glue": "glue:DeleteTable",
}


def faults(policy: Policy) -> Iterator[Fault]:
    """The policy with each action and resource removed, one more of each put in, and each condition dropped."""
    for position, statement in enumerate(policy["Statement"]):
        for part in ("Action", "Resource"):
            for value in listed(statement[part]):
                yield Fault("removed", f"{statement['Sid']} without {value}", _without(policy, position, part, value))
        service = listed(statement["Action"])[0].partition(":")[0]
        for part, value in (("Action", ADDED[service]), ("Resource", "arn:aws:s3:::somebody-elses/*")):
            if "*" not in listed(statement["Resource"]) or part == "Action":
                yield Fault("added", f"{statement['Sid']} with {value}", _with(policy, position, part, value))
        for operator in statement.get("Condition", {}):
            yield Fault("condition", f"{statement['Sid']} without {operator}", _unconditioned(policy, position, operator))


def listed(value: str | Sequence[str]) -> list[str]:
    """JSON policies write one value bare."""
    return [value] if isinstance(value, str) else list(value)


def glob(pattern: str, text: str) -> bool:
    """IAM's wildcards; a slash is a character like any other."""
    parts = ("." if part == "?" else ".*" if part == "*" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _matches(statement: Mapping[str, Any], need: Need) -> bool:
    return (
        any(glob(action.lower(), need.action.lower()) for action in listed(statement["Action"]))
        and any(glob(resource, need.resource) for resource in listed(statement["Resource"]))
        and _holds(statement.get("Condition", {}), need.context)
    )


def _holds(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    for operator, keys in conditions.items():
        for key, wanted in keys.items():
            if not _fits(operator, listed(wanted), context.get(key)):
                return False
    return True


def _fits(operator: str, wanted: Sequence[str], have: str | None) -> bool:
    if operator == "Null":
        return wanted == ["true" if have is None else "false"]
    if operator == "StringNotEquals":
        # A key that was not sent does not equal anything, so a negated comparison is true of it.
        return have not in wanted
    if operator in _EXACT:
        return have in wanted
    if operator in _PATTERN:
        return have is not None and any(glob(pattern, have) for pattern in wanted)
    raise NotImplementedError(f"The evaluator does not know {operator}.")


def _without(policy: Policy, position: int, part: str, value: str) -> Policy:
    changed = copy.deepcopy(dict(policy))
    rest = [each for each in listed(changed["Statement"][position][part]) if each != value]
    if rest:
        changed["Statement"][position][part] = rest
    else:
        del changed["Statement"][position]
    return changed


def _with(policy: Policy, position: int, part: str, value: str) -> Policy:
    changed = copy.deepcopy(dict(policy))
    changed["Statement"][position][part] = [*listed(changed["Statement"][position][part]), value]
    return changed


def _unconditioned(policy: Policy, position: int, operator: str) -> Policy:
    changed = copy.deepcopy(dict(policy))
    del changed["Statement"][position]["Condition"][operator]
    return changed
