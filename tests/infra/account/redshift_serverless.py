"""The control plane of Redshift Serverless, which moto lacks: namespaces, workgroups and usage limits in memory.

AWS JSON 1.1: one POST a call, the operation in ``X-Amz-Target``. It shows that the provider takes our description and that the order of
things holds. Of AWS's own rules it knows two: a workgroup is answered with every parameter in force, whoever set it, and an update that
changes nothing is refused. It does not know which capacities exist, which subnets fit, or how long anything takes.
"""

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.local.redshift import RedshiftServer

Answer = tuple[HTTPStatus, dict[str, Any]]

PARAMETERS = {
    "auto_mv": "true",
    "datestyle": "ISO, MDY",
    "enable_case_sensitive_identifier": "false",
    "enable_user_activity_logging": "true",
    "query_group": "default",
    "search_path": "$user, public",
    "require_ssl": "true",
    "use_fips_ssl": "false",
    "max_query_execution_time": "14400",
    "enable_large_strings_opt_in": "false",
}
"""The parameters of a fresh workgroup; the last one is newer than the provider, which cannot declare it.

As reported in hashicorp/terraform-provider-aws#49939 (2026-09-10); the refusal of an update without a change is from there as well.
"""
_KEPT_SECONDS = 900.0


class NotThere(Exception):
    """What was asked for does not exist."""


class NothingChanged(Exception):
    """An update that asks for what is so already."""


class RedshiftServerless:
    """Namespaces, workgroups and usage limits of one account and region; lets clients in once a warehouse is put behind it."""

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region
        self._namespaces: dict[str, dict[str, Any]] = {}
        self._workgroups: dict[str, dict[str, Any]] = {}
        self._limits: dict[str, dict[str, Any]] = {}
        self._tags: dict[str, list[dict[str, str]]] = {}
        self.warehouse: RedshiftServer | None = None

    @property
    def is_empty(self) -> bool:
        return not (self._namespaces or self._workgroups or self._limits)

    def answer(self, operation: str, asked: Mapping[str, Any]) -> Answer:
        handlers = {
            "CreateNamespace": self._create_namespace,
            "GetNamespace": lambda asked: {"namespace": self._namespace(asked)},
            "UpdateNamespace": self._update_namespace,
            "DeleteNamespace": lambda asked: {"namespace": self._namespaces.pop(self._namespace(asked)["namespaceName"])},
            "CreateWorkgroup": self._create_workgroup,
            "GetWorkgroup": lambda asked: {"workgroup": self._workgroup(asked)},
            "UpdateWorkgroup": self._update_workgroup,
            "DeleteWorkgroup": lambda asked: {"workgroup": self._workgroups.pop(self._workgroup(asked)["workgroupName"])},
            "CreateUsageLimit": self._create_limit,
            "GetUsageLimit": lambda asked: {"usageLimit": self._limit(asked)},
            "UpdateUsageLimit": self._update_limit,
            "DeleteUsageLimit": lambda asked: {"usageLimit": self._limits.pop(self._limit(asked)["usageLimitId"])},
            "ListTagsForResource": lambda asked: {"tags": self._tags.get(asked["resourceArn"], [])},
            "TagResource": self._tag,
            "GetCredentials": self._credentials,
        }
        if operation not in handlers:
            return HTTPStatus.BAD_REQUEST, {"__type": "ValidationException", "message": f"The stand-in has no {operation}."}
        try:
            return HTTPStatus.OK, handlers[operation](asked)
        except NotThere as error:
            return HTTPStatus.BAD_REQUEST, {"__type": "ResourceNotFoundException", "message": str(error)}
        except NothingChanged as error:
            return HTTPStatus.BAD_REQUEST, {"__type": "ValidationException", "message": str(error)}

    def _arn(self, kind: str, identifier: str) -> str:
        return f"arn:aws:redshift-serverless:{self._region}:{self._account}:{kind}/{identifier}"

    def _create_namespace(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        identifier = str(uuid.uuid4())
        name = asked["namespaceName"]
        arn = self._arn("namespace", identifier)
        self._namespaces[name] = {
            "namespaceName": name,
            "namespaceId": identifier,
            "namespaceArn": arn,
            "status": "AVAILABLE",
            "dbName": asked.get("dbName", "dev"),
            "adminUsername": asked.get("adminUsername", "admin"),
            "kmsKeyId": asked.get("kmsKeyId", "AWS_OWNED_KMS_KEY"),
            "iamRoles": _roles(asked),
            "defaultIamRoleArn": asked.get("defaultIamRoleArn", ""),
            "logExports": asked.get("logExports", []),
        }
        if asked.get("manageAdminPassword"):
            secret = f"arn:aws:secretsmanager:{self._region}:{self._account}:secret:redshift!{name}"
            self._namespaces[name] |= {
                "adminPasswordSecretArn": secret,
                "adminPasswordSecretKmsKeyId": asked["adminPasswordSecretKmsKeyId"],
            }
        self._tags[arn] = list(asked.get("tags", []))
        return {"namespace": self._namespaces[name]}

    def _update_namespace(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        namespace = self._namespace(asked)
        namespace |= {name: value for name, value in asked.items() if name in namespace}
        if "iamRoles" in asked:
            namespace["iamRoles"] = _roles(asked)
        return {"namespace": namespace}

    def _create_workgroup(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._namespace(asked)
        identifier = str(uuid.uuid4())
        name = asked["workgroupName"]
        arn = self._arn("workgroup", identifier)
        address = f"{name}.{self._account}.{self._region}.redshift-serverless.amazonaws.com"
        self._workgroups[name] = {
            "port": 5439,
            "publiclyAccessible": False,
            "enhancedVpcRouting": False,
            "trackName": "current",
            **{field: value for field, value in asked.items() if field != "tags"},
            "configParameters": _parameters(PARAMETERS | _named(asked)),
            "workgroupId": identifier,
            "workgroupArn": arn,
            "status": "AVAILABLE",
            "endpoint": {"address": address, "port": 5439, "vpcEndpoints": []},
        }
        self._tags[arn] = list(asked.get("tags", []))
        return {"workgroup": self._workgroups[name]}

    def _update_workgroup(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        workgroup = self._workgroups[asked["workgroupName"]]
        # What is not named keeps its value: an update cannot take a parameter away.
        wanted = {**asked, "configParameters": _parameters(_named(workgroup) | _named(asked))}
        if all(workgroup.get(field) == value for field, value in wanted.items()):
            raise NothingChanged("The request didn't specify any changes to the workgroup.")
        workgroup |= wanted
        return {"workgroup": workgroup}

    def _create_limit(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        identifier = str(uuid.uuid4())
        self._limits[identifier] = {**asked, "usageLimitId": identifier, "usageLimitArn": self._arn("usagelimit", identifier)}
        return {"usageLimit": self._limits[identifier]}

    def _update_limit(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        limit = self._limit(asked)
        limit |= asked
        return {"usageLimit": limit}

    def _tag(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._tags.setdefault(asked["resourceArn"], []).extend(asked["tags"])
        return {}

    def _credentials(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._workgroup(asked)
        assert self.warehouse is not None, "no warehouse stands behind the workgroup"
        given = self.warehouse.issue_credentials(seconds=asked.get("durationSeconds", _KEPT_SECONDS))
        return {"dbUser": given.user, "dbPassword": given.password, "expiration": given.expires, "nextRefreshTime": given.expires}

    def _namespace(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return _held(self._namespaces, asked["namespaceName"])

    def _workgroup(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        workgroup = _held(self._workgroups, asked["workgroupName"])
        if self.warehouse is None:
            return workgroup
        return workgroup | {"endpoint": {"address": "localhost", "port": self.warehouse.port}, "port": self.warehouse.port}

    def _limit(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return _held(self._limits, asked["usageLimitId"])


def _held(store: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    if name not in store:
        raise NotThere(f"{name} not found.")
    return store[name]


def _named(asked: Mapping[str, Any]) -> dict[str, str]:
    return {each["parameterKey"]: each["parameterValue"] for each in asked.get("configParameters", [])}


def _parameters(named: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"parameterKey": key, "parameterValue": value} for key, value in named.items()]


def _roles(asked: Mapping[str, Any]) -> list[str]:
    # The service answers with this text where it was given an ARN, and the provider reads it so.
    return [f"IamRole(applyStatus=in-sync, iamRoleArn={arn})" for arn in asked.get("iamRoles", [])]
