"""Cache parameter groups: the default ones of each family, and those that callers make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.arns import Arn
from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource

from . import parameters
from .happenings import PARAMETERS, tell
from .parameters import REBOOT, Parameter
from .stored import (
    CACHES,
    PARAMETER_GROUPS,
    WORK,
    InvalidParameterCombination,
    InvalidParameterValue,
    errors,
    identifier,
    page,
    tags_of,
)

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
MOST = 300  # of an account in a region
AT_ONCE = 20  # parameters in a request
SEARCHED = ("user", "system", "engine-default")


@ops.write
def create_cache_parameter_group(
    tx: Tx, req: t.CreateCacheParameterGroupMessage
) -> t.CreateCacheParameterGroupResult:
    name = identifier("CacheParameterGroupName", req["CacheParameterGroupName"], 255)
    family = req["CacheParameterGroupFamily"]
    parameters.family(family)
    if PARAMETER_GROUPS.find(tx, name) is not None:
        raise errors.CacheParameterGroupAlreadyExistsFault(f"Parameter group {name} already exists")
    if PARAMETER_GROUPS.count(tx) >= MOST:
        raise errors.CacheParameterGroupQuotaExceededFault("Parameter group quota exceeded")
    spec = {"Family": family, "Description": req["Description"], "Values": {}}
    made = PARAMETER_GROUPS.create(tx, name, spec, {}, tags_of(req))
    return {"CacheParameterGroup": document(made)}


@ops.write
def modify_cache_parameter_group(
    tx: Tx, req: t.ModifyCacheParameterGroupMessage
) -> t.CacheParameterGroupNameMessage:
    found = changeable(tx, req["CacheParameterGroupName"])
    given = {
        each["ParameterName"]: each.get("ParameterValue", "")
        for each in req["ParameterNameValues"]
        if "ParameterName" in each
    }
    if not 1 <= len(given) <= AT_ONCE:
        raise InvalidParameterValue(f"Between 1 and {AT_ONCE} parameters can be modified at once.")
    for name, value in given.items():
        parameters.check(found.spec["Family"], name, value)
    put(tx, found, {**found.spec["Values"], **given})
    return {"CacheParameterGroupName": found.name}


@ops.write
def reset_cache_parameter_group(
    tx: Tx, req: t.ResetCacheParameterGroupMessage
) -> t.CacheParameterGroupNameMessage:
    found = changeable(tx, req["CacheParameterGroupName"])
    names = {each["ParameterName"] for each in req.get("ParameterNameValues", ())}
    if bool(names) == bool(req.get("ResetAllParameters")):
        raise InvalidParameterCombination(
            "Either ResetAllParameters or the parameters to reset must be given."
        )
    known = parameters.family(found.spec["Family"])
    for name in names - known.keys():
        raise InvalidParameterValue(f"Could not find parameter with name: {name}")
    values = {k: v for k, v in found.spec["Values"].items() if names and k not in names}
    put(tx, found, values)
    return {"CacheParameterGroupName": found.name}


@ops.write
def delete_cache_parameter_group(tx: Tx, req: t.DeleteCacheParameterGroupMessage) -> None:
    found = changeable(tx, req["CacheParameterGroupName"])
    if users(tx, found.name):
        raise errors.InvalidCacheParameterGroupStateFault(
            f"One or more cache clusters are still members of this parameter group {found.name},"
            " so the group cannot be deleted."
        )
    PARAMETER_GROUPS.remove(tx, found)


@ops.read
def describe_cache_parameter_groups(
    tx: Tx, req: t.DescribeCacheParameterGroupsMessage
) -> t.CacheParameterGroupsMessage:
    if name := req.get("CacheParameterGroupName"):
        return {"CacheParameterGroups": [document_of(tx, name)]}
    known = [
        {
            "CacheParameterGroupName": default,
            "CacheParameterGroupFamily": family,
            "Description": about,
            "IsGlobal": False,
            "ARN": arn_of(tx, default),
        }
        for family in parameters.FAMILIES
        for default, about in parameters.defaults(family)
    ]
    mine = [document(each) for each in PARAMETER_GROUPS.all(tx)]
    return page(  # type: ignore[return-value]
        "CacheParameterGroups",
        known + mine,
        req,
        by=lambda each: each["CacheParameterGroupName"],
        show=lambda each: each,
    )


@ops.read
def describe_cache_parameters(
    tx: Tx, req: t.DescribeCacheParametersMessage
) -> t.CacheParameterGroupDetails:
    family, values = content(tx, req["CacheParameterGroupName"])
    source = req.get("Source")
    if source is not None and source not in SEARCHED:
        raise InvalidParameterValue(f"Invalid value {source} for Source.")
    shown = [described(each, values) for each in parameters.family(family).values()]
    wanted = [each for each in shown if source in (None, each["Source"])]
    found = page(
        "Parameters", wanted, req, by=lambda each: each["ParameterName"], show=lambda each: each
    )
    return {**found, "CacheNodeTypeSpecificParameters": []}  # type: ignore[typeddict-item]


@ops.read
def describe_engine_default_parameters(
    tx: Tx, req: t.DescribeEngineDefaultParametersMessage
) -> t.DescribeEngineDefaultParametersResult:
    family = req["CacheParameterGroupFamily"]
    shown = [described(each, {}) for each in parameters.family(family).values()]
    found = page(
        "Parameters", shown, req, by=lambda each: each["ParameterName"], show=lambda each: each
    )
    return {
        "EngineDefaults": {
            **found,  # type: ignore[typeddict-item]
            "CacheParameterGroupFamily": family,
            "CacheNodeTypeSpecificParameters": [],
        }
    }


def described(parameter: Parameter, values: Mapping[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ParameterName": parameter.name,
        "ParameterValue": values.get(parameter.name, parameter.default),
        "Description": parameter.about or parameter.name,
        "Source": "user" if parameter.name in values else "system",
        "DataType": parameter.type,
        "IsModifiable": parameter.modifiable,
        "MinimumEngineVersion": "1.6.6" if "_" in parameter.name else "7.0.0",
        "ChangeType": parameter.change,
    }
    if parameter.allowed:
        shown["AllowedValues"] = parameter.allowed
    return shown


def put(tx: Tx, group: Resource, values: Mapping[str, str]) -> None:
    """New values: what can change at once does, in every cache that has the group; the rest waits for
    each node's next start.
    """
    before = group.spec["Values"]
    PARAMETER_GROUPS.change(tx, group, spec={**group.spec, "Values": dict(values)})
    tell(tx, PARAMETERS, group.name, f"Updated parameter group {group.name}")
    known = parameters.family(group.spec["Family"])
    changed = {name for name in {*before, *values} if before.get(name) != values.get(name)}
    waits = any(known[name].change == REBOOT for name in changed)
    for kind, each in users(tx, group.name):
        state = {"ParameterStatus": "pending-reboot"} if waits else {}
        kind.change(tx, each, status={**each.status, **state})
        tx.enqueue(WORK, each.arn)


def users(tx: Tx, name: str) -> list[tuple[Any, Resource]]:
    """The caches of the caller that have a group, each with its kind."""
    return [
        (kind, each)
        for kind in CACHES
        for each in kind.all(tx)
        if each.spec.get("ParameterGroup") == name
    ]


def content(tx: Tx, name: str) -> tuple[str, Mapping[str, str]]:
    """A group's family and the values that differ from its defaults."""
    for family in parameters.FAMILIES:
        if name in (default for default, _ in parameters.defaults(family)):
            return family, {"cluster-enabled": "yes"} if name.endswith(".cluster.on") else {}
    found = get(tx, name)
    return found.spec["Family"], found.spec["Values"]


def get(tx: Tx, name: str) -> Resource:
    return PARAMETER_GROUPS.get(tx, name.lower(), f"CacheParameterGroup {name} not found.")


def changeable(tx: Tx, name: str) -> Resource:
    if name.startswith("default."):
        raise InvalidParameterValue(f"The parameter group {name} cannot be modified or deleted.")
    return get(tx, name)


def document_of(tx: Tx, name: str) -> Any:
    for family in parameters.FAMILIES:
        for default, about in parameters.defaults(family):
            if default == name:
                return {
                    "CacheParameterGroupName": name,
                    "CacheParameterGroupFamily": family,
                    "Description": about,
                    "IsGlobal": False,
                    "ARN": arn_of(tx, name),
                }
    return document(get(tx, name))


def arn_of(tx: Tx, name: str) -> str:
    return str(Arn("elasticache", tx.call.region, tx.call.account, f"parametergroup:{name}"))


def document(found: Resource) -> Any:
    return {
        "CacheParameterGroupName": found.name,
        "CacheParameterGroupFamily": found.spec["Family"],
        "Description": found.spec["Description"],
        "IsGlobal": False,
        "ARN": found.arn,
    }


def names_of_defaults() -> Iterable[str]:
    return (name for family in parameters.FAMILIES for name, _ in parameters.defaults(family))
