"""Query logging: which zones' queries the name servers write down.

The lines go to files below the data directory (platform/names/query_log.py); the log group is kept and
named, and will get them where there is a service that has log groups.
https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations
from forecourt.platform.names import publishing
from forecourt.store.resources import Kind, Resource

from .zones import API, errors, get_zone, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import route53 as t
    from forecourt.store.tx import Tx

ops = Operations("route53")
configs = Kind("route53", "queryloggingconfig", errors.NoSuchQueryLoggingConfig, is_global=True)
MOST = 100  # on a page
GROUP = re.compile(r"arn:aws:logs:us-east-1:\d{12}:log-group:[.\-_/#A-Za-z0-9]{1,512}(?::\*)?\Z")


@ops.write
def create_query_logging_config(
    tx: Tx, req: t.CreateQueryLoggingConfigRequest
) -> t.CreateQueryLoggingConfigResponse:
    """Log a public zone's queries; one configuration a zone."""
    zone = get_zone(tx, req["HostedZoneId"])
    group = req["CloudWatchLogsLogGroupArn"]
    if zone.private:
        raise errors.InvalidInput(
            "You can't create a query logging config for a private hosted zone."
        )
    if not GROUP.match(group):
        raise errors.InvalidInput("The ARN for the CloudWatch Logs log group is invalid.")
    if of_zone(tx, zone.id) is not None:
        raise errors.QueryLoggingConfigAlreadyExists(
            "A query logging configuration already exists for this hosted zone"
        )
    spec = {"HostedZoneId": zone.id, "CloudWatchLogsLogGroupArn": group}
    made = configs.create(tx, str(uuid.uuid4()), spec, {})
    publishing.publish_log(tx, zone.id, group)
    return {
        "QueryLoggingConfig": document(made),
        "Location": f"{API}/queryloggingconfig/{made.name}",
    }


@ops.read
def get_query_logging_config(
    tx: Tx, req: t.GetQueryLoggingConfigRequest
) -> t.GetQueryLoggingConfigResponse:
    return {"QueryLoggingConfig": document(get(tx, req["Id"]))}


@ops.write
def delete_query_logging_config(
    tx: Tx, req: t.DeleteQueryLoggingConfigRequest
) -> t.DeleteQueryLoggingConfigResponse:
    found = get(tx, req["Id"])
    configs.remove(tx, found)
    publishing.publish_log(tx, found.spec["HostedZoneId"], None)
    return {}


@ops.read
def list_query_logging_configs(
    tx: Tx, req: t.ListQueryLoggingConfigsRequest
) -> t.ListQueryLoggingConfigsResponse:
    wanted = req.get("HostedZoneId")
    if wanted is not None:
        get_zone(tx, wanted)
    size, start = page_size(req.get("MaxResults"), MOST), req.get("NextToken", "")
    found = [
        each
        for each in configs.all(tx)
        if wanted in (None, each.spec["HostedZoneId"]) and each.name >= start
    ]
    page: t.ListQueryLoggingConfigsResponse = {
        "QueryLoggingConfigs": [document(each) for each in found[:size]]
    }
    if len(found) > size:
        page["NextToken"] = found[size].name
    return page


def get(tx: Tx, config_id: str) -> Resource:
    return configs.get(tx, config_id, "The query logging configuration does not exist")


def of_zone(tx: Tx, zone_id: str) -> Resource | None:
    found = (each for each in configs.all(tx) if each.spec["HostedZoneId"] == zone_id)
    return next(found, None)


def forget(tx: Tx, zone_id: str) -> None:
    """A zone is deleted."""
    if (found := of_zone(tx, zone_id)) is not None:
        configs.remove(tx, found)


def document(found: Resource) -> t.QueryLoggingConfig:
    return {
        "Id": found.name,
        "HostedZoneId": found.spec["HostedZoneId"],
        "CloudWatchLogsLogGroupArn": found.spec["CloudWatchLogsLogGroupArn"],
    }
