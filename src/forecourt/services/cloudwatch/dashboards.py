"""Dashboards: documents of an account that consoles draw.  Here they are kept and answered.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.measurements.alarms import errors
from forecourt.store.resources import Kind

if TYPE_CHECKING:
    from forecourt.aws.types import cloudwatch as t
    from forecourt.store.tx import Tx

ops = Operations("cloudwatch")
DASHBOARDS = Kind("cloudwatch", "dashboard", errors.DashboardNotFoundError, is_global=True)
NAME = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
LARGEST = 1024 * 1024  # bytes
PAGE = 1000


@ops.write
def put_dashboard(tx: Tx, req: t.PutDashboardInput) -> t.PutDashboardOutput:
    name, body = req["DashboardName"], req["DashboardBody"]
    if NAME.match(name) is None:
        raise errors.InvalidParameterValueException(
            "The value for parameter DashboardName is invalid: letters, digits, - and _ only."
        )
    try:
        found = json.loads(body) if len(body.encode()) <= LARGEST else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        problem: Any = {
            "DataPath": "",
            "Message": "The dashboard body is no JSON object, or too long",
        }
        raise errors.DashboardInvalidInputError(
            "The dashboard body is invalid", dashboardValidationMessages=[problem]
        )
    status = {"LastModified": tx.now.timestamp(), "Size": len(body.encode())}
    if (known := DASHBOARDS.find(tx, name)) is not None:
        DASHBOARDS.change(tx, known, spec={"Body": body}, status=status)
    else:
        DASHBOARDS.create(tx, name, {"Body": body}, status)
    return {"DashboardValidationMessages": []}


@ops.read
def get_dashboard(tx: Tx, req: t.GetDashboardInput) -> t.GetDashboardOutput:
    found = DASHBOARDS.get(tx, req["DashboardName"], missing(req["DashboardName"]))
    return {
        "DashboardArn": found.arn,
        "DashboardBody": found.spec["Body"],
        "DashboardName": found.name,
    }


@ops.read
def list_dashboards(tx: Tx, req: t.ListDashboardsInput) -> Any:
    prefix, start = req.get("DashboardNamePrefix", ""), req.get("NextToken", "")
    found = [e for e in DASHBOARDS.page(tx, max(prefix, start), PAGE) if e.name.startswith(prefix)]
    answer: Any = {
        "DashboardEntries": [
            {
                "DashboardName": each.name,
                "DashboardArn": each.arn,
                "LastModified": each.status["LastModified"],
                "Size": each.status["Size"],
            }
            for each in found[:PAGE]
        ]
    }
    if len(found) > PAGE:
        answer["NextToken"] = found[PAGE].name
    return answer


@ops.write
def delete_dashboards(tx: Tx, req: t.DeleteDashboardsInput) -> Any:
    """All of them, or none where one is not there."""
    found = []
    for name in req["DashboardNames"]:
        if (each := DASHBOARDS.find(tx, name)) is None:
            raise errors.InvalidParameterValueException(missing(name))
        found.append(each)
    for each in found:
        DASHBOARDS.remove(tx, each)
    return {}


def missing(name: str) -> str:
    return f"Dashboard {name} does not exist"
