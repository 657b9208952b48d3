"""Functions, as they were registered.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import STATUS, Operations
from forecourt.platform.functions.stored import FUNCTIONS, LATEST, errors, find
from forecourt.store.resources import Resource

if TYPE_CHECKING:
    from forecourt.aws.types import lambda_ as t
    from forecourt.store.tx import Tx

ops = Operations("lambda")
NAME = re.compile(
    r"(?:arn:aws:lambda:(?P<region>[a-z0-9-]+):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9_-]{1,64})(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?\Z",
    re.ASCII,
)
PAGE = 50
ROLE = "arn:aws:iam::{account}:role/forecourt-lambda"
TIMEOUT, MEMORY = 3, 128
LONGEST, LARGEST = 900, 10_240  # seconds, MiB


def register(tx: Tx, name: str, spec: Mapping[str, Any]) -> Resource:
    """Make a function, or let one be another from now on.  InvalidParameterValueException."""
    if re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) is None:
        raise errors.InvalidParameterValueException(
            f"{name} is not a function's name: letters, digits, hyphens and underscores, at most 64."
        )
    if not 1 <= spec["Timeout"] <= LONGEST or not 128 <= spec["MemorySize"] <= LARGEST:
        raise errors.InvalidParameterValueException(
            f"Timeouts are 1 to {LONGEST} s, memory is 128 to {LARGEST} MB."
        )
    if (known := FUNCTIONS.find(tx, name)) is not None:
        return FUNCTIONS.change(tx, known, spec=spec, status={**known.status, **changed(tx)})
    return FUNCTIONS.create(tx, name, spec, {"Policy": [], **changed(tx)})


def changed(tx: Tx) -> dict[str, float]:
    return {"LastModified": tx.now.timestamp()}


@ops.read
def get_function(tx: Tx, req: t.GetFunctionRequest) -> Any:
    found = named(tx, req["FunctionName"], req.get("Qualifier", LATEST))
    where = found.spec.get("Url") or f"file://{found.spec.get('Path', '')}"
    answer = {
        "Configuration": configuration(found),
        "Code": {"RepositoryType": "local", "Location": where},
    }
    if found.tags:
        answer["Tags"] = dict(found.tags)
    return answer


@ops.read
def get_function_configuration(tx: Tx, req: t.GetFunctionConfigurationRequest) -> Any:
    return configuration(named(tx, req["FunctionName"], req.get("Qualifier", LATEST)))


@ops.read
def list_functions(tx: Tx, req: t.ListFunctionsRequest) -> t.ListFunctionsResponse:
    most = min(req.get("MaxItems", PAGE), PAGE)
    found = FUNCTIONS.page(tx, req.get("Marker", ""), most)
    answer: t.ListFunctionsResponse = {"Functions": [configuration(each) for each in found[:most]]}
    if len(found) > most:
        answer["NextMarker"] = found[most].name
    return answer


@ops.write
def delete_function(tx: Tx, req: t.DeleteFunctionRequest) -> Any:
    if req.get("Qualifier", LATEST) != LATEST:
        named(tx, req["FunctionName"], req["Qualifier"])
    FUNCTIONS.remove(tx, named(tx, req["FunctionName"]))
    return {STATUS: 204}


def named(tx: Tx, name: str, qualifier: str = LATEST) -> Resource:
    """A function by its name, or the whole or a part of its ARN.  ResourceNotFoundException."""
    given = NAME.match(name)
    if given is None:
        raise errors.InvalidParameterValueException(f"{name} is not a function's name or ARN.")
    region, account = given["region"] or tx.call.region, given["account"] or tx.call.account
    arn = f"arn:aws:lambda:{region}:{account}:function:{given['name']}"
    found = find(tx, arn)
    qualifier = given["qualifier"] or qualifier
    if found is None or qualifier != LATEST:
        suffix = "" if qualifier == LATEST else f":{qualifier}"
        raise errors.ResourceNotFoundException(f"Function not found: {arn}{suffix}", Type="User")
    return found


def configuration(found: Resource) -> Any:
    spec = found.spec
    digest = hashlib.sha256(json.dumps(dict(spec), sort_keys=True).encode()).digest()
    shown: dict[str, Any] = {
        "FunctionName": found.name,
        "FunctionArn": found.arn,
        "Runtime": "python3.12",
        "Role": ROLE.format(account=found.arn.split(":")[4]),
        "Handler": spec.get("Handler") or spec.get("Url", ""),
        "CodeSize": 0,
        "CodeSha256": b64encode(digest).decode(),
        "Description": spec.get("Description", ""),
        "Timeout": spec["Timeout"],
        "MemorySize": spec["MemorySize"],
        "LastModified": stamp(found.status["LastModified"]),
        "Version": LATEST,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "RevisionId": found.uid,
    }
    if environment := spec.get("Environment"):
        shown["Environment"] = {"Variables": dict(environment)}
    return shown


def stamp(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
