"""Configuration sets, as v1 has them: the same as v2's, in other words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.store.resources import Resource

from . import configuration_sets
from .stored import BAD, EXISTS, NOT_FOUND, SETS, Complaint, answering, page_size

if TYPE_CHECKING:
    from forecourt.aws.types import ses as t
    from forecourt.store.tx import Tx

ops = Operations("ses")
EVENTS = {
    "send": "SEND", "reject": "REJECT", "bounce": "BOUNCE", "complaint": "COMPLAINT",
    "delivery": "DELIVERY", "open": "OPEN", "click": "CLICK", "renderingFailure": "RENDERING_FAILURE",
}  # fmt: skip
SOURCES = {"messageTag": "MESSAGE_TAG", "emailHeader": "EMAIL_HEADER", "linkTag": "LINK_TAG"}
NAMES = {v: k for k, v in EVENTS.items()}
SOURCE_NAMES = {v: k for k, v in SOURCES.items()}


@ops.write
@answering(0)
def create_configuration_set(tx: Tx, req: t.CreateConfigurationSetRequest) -> Any:
    configuration_sets.create(tx, req["ConfigurationSet"]["Name"], {}, {})
    return {}


@ops.write
@answering(0)
def delete_configuration_set(tx: Tx, req: t.DeleteConfigurationSetRequest) -> Any:
    SETS.remove(tx, configuration_sets.get(tx, req["ConfigurationSetName"]))
    return {}


@ops.read
def list_configuration_sets(tx: Tx, req: t.ListConfigurationSetsRequest) -> Any:
    size = page_size(req.get("MaxItems"), 1000)
    found = SETS.page(tx, req.get("NextToken", ""), size)
    answer: Any = {"ConfigurationSets": [{"Name": each.name} for each in found[:size]]}
    if len(found) > size:
        answer["NextToken"] = found[size].name
    return answer


@ops.read
@answering(0)
def describe_configuration_set(tx: Tx, req: t.DescribeConfigurationSetRequest) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    wanted = req.get("ConfigurationSetAttributeNames", [])
    shown: dict[str, Any] = {"ConfigurationSet": {"Name": found.name}}
    if "eventDestinations" in wanted:
        known = found.spec["Destinations"].items()
        shown["EventDestinations"] = [document(name, each) for name, each in known]
    if "trackingOptions" in wanted and found.spec.get("TrackingOptions"):
        shown["TrackingOptions"] = found.spec["TrackingOptions"]
    if "deliveryOptions" in wanted:
        shown["DeliveryOptions"] = {"TlsPolicy": "Optional"}
    if "reputationOptions" in wanted:
        sending = found.spec.get("SendingOptions", {}).get("SendingEnabled", True)
        metrics = found.spec.get("ReputationOptions", {}).get("ReputationMetricsEnabled", False)
        shown["ReputationOptions"] = {
            "SendingEnabled": sending,
            "ReputationMetricsEnabled": metrics,
        }
    return shown


@ops.write
@answering(0)
def create_configuration_set_event_destination(
    tx: Tx, req: t.CreateConfigurationSetEventDestinationRequest
) -> Any:
    put(tx, req, new=True)
    return {}


@ops.write
@answering(0)
def update_configuration_set_event_destination(
    tx: Tx, req: t.UpdateConfigurationSetEventDestinationRequest
) -> Any:
    put(tx, req, new=False)
    return {}


@ops.write
@answering(0)
def delete_configuration_set_event_destination(
    tx: Tx, req: t.DeleteConfigurationSetEventDestinationRequest
) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    configuration_sets.drop_destination(tx, found, req["EventDestinationName"])
    return {}


@ops.write
@answering(0)
def update_configuration_set_sending_enabled(
    tx: Tx, req: t.UpdateConfigurationSetSendingEnabledRequest
) -> None:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    configuration_sets.change(tx, found, SendingOptions={"SendingEnabled": req["Enabled"]})


@ops.write
@answering(0)
def update_configuration_set_reputation_metrics_enabled(
    tx: Tx, req: t.UpdateConfigurationSetReputationMetricsEnabledRequest
) -> None:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    options = {"ReputationMetricsEnabled": req["Enabled"]}
    configuration_sets.change(tx, found, ReputationOptions=options)


@ops.write
@answering(0)
def put_configuration_set_delivery_options(
    tx: Tx, req: t.PutConfigurationSetDeliveryOptionsRequest
) -> Any:
    configuration_sets.get(tx, req["ConfigurationSetName"])
    if req.get("DeliveryOptions", {}).get("TlsPolicy", "Optional") != "Optional":
        raise Complaint(BAD, "TlsPolicy Require is not implemented here.")
    return {}


@ops.write
@answering(0)
def create_configuration_set_tracking_options(
    tx: Tx, req: t.CreateConfigurationSetTrackingOptionsRequest
) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    if found.spec.get("TrackingOptions"):
        raise Complaint(
            EXISTS, f"There already are tracking options for configuration set <{found.name}>.",
            "tracking",
        )  # fmt: skip
    configuration_sets.set_tracking(tx, found, req["TrackingOptions"])
    return {}


@ops.write
@answering(0)
def update_configuration_set_tracking_options(
    tx: Tx, req: t.UpdateConfigurationSetTrackingOptionsRequest
) -> Any:
    configuration_sets.set_tracking(tx, tracked(tx, req), req["TrackingOptions"])
    return {}


@ops.write
@answering(0)
def delete_configuration_set_tracking_options(
    tx: Tx, req: t.DeleteConfigurationSetTrackingOptionsRequest
) -> Any:
    configuration_sets.set_tracking(tx, tracked(tx, req), None)
    return {}


def tracked(tx: Tx, req: Any) -> Resource:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    if not found.spec.get("TrackingOptions"):
        text = f"There are no tracking options for configuration set <{found.name}>."
        raise Complaint(NOT_FOUND, text, "tracking")
    return found


def put(tx: Tx, req: Any, *, new: bool) -> None:
    given = req["EventDestination"]
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    kept: dict[str, Any] = {
        "Enabled": given.get("Enabled", False),
        "MatchingEventTypes": [EVENTS.get(each, each) for each in given["MatchingEventTypes"]],
    }
    if place := given.get("SNSDestination"):
        kept["SnsDestination"] = {"TopicArn": place["TopicARN"]}
    if place := given.get("KinesisFirehoseDestination"):
        kept["KinesisFirehoseDestination"] = {
            "IamRoleArn": place["IAMRoleARN"],
            "DeliveryStreamArn": place["DeliveryStreamARN"],
        }
    if place := given.get("CloudWatchDestination"):
        dimensions = [
            {**each, "DimensionValueSource": SOURCES[each["DimensionValueSource"]]}
            for each in place["DimensionConfigurations"]
        ]
        kept["CloudWatchDestination"] = {"DimensionConfigurations": dimensions}
    configuration_sets.put_destination(tx, found, given["Name"], kept, new=new)


def document(name: str, kept: Any) -> Any:
    shown: dict[str, Any] = {
        "Name": name,
        "Enabled": kept["Enabled"],
        "MatchingEventTypes": [NAMES[e] for e in kept["MatchingEventTypes"] if e in NAMES],
    }
    if place := kept.get("SnsDestination"):
        shown["SNSDestination"] = {"TopicARN": place["TopicArn"]}
    if place := kept.get("KinesisFirehoseDestination"):
        shown["KinesisFirehoseDestination"] = {
            "IAMRoleARN": place["IamRoleArn"],
            "DeliveryStreamARN": place["DeliveryStreamArn"],
        }
    if place := kept.get("CloudWatchDestination"):
        dimensions = [
            {**each, "DimensionValueSource": SOURCE_NAMES[each["DimensionValueSource"]]}
            for each in place["DimensionConfigurations"]
        ]
        shown["CloudWatchDestination"] = {"DimensionConfigurations": dimensions}
    return shown
