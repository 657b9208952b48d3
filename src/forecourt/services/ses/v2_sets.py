"""Configuration sets, as v2 has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from . import configuration_sets
from .stored import BAD, SETS, Complaint, answering, page_size
from .v2_settings import POOLS

if TYPE_CHECKING:
    from forecourt.aws.types import sesv2 as t
    from forecourt.store.tx import Tx

ops = Operations("sesv2")
OPTIONS = (
    "TrackingOptions", "DeliveryOptions", "ReputationOptions", "SendingOptions",
    "SuppressionOptions", "VdmOptions", "ArchivingOptions",
)  # fmt: skip
NOT_HERE = ("PinpointDestination",)


@ops.write
@answering(1)
def create_configuration_set(tx: Tx, req: t.CreateConfigurationSetRequest) -> Any:
    tags = {each["Key"]: each["Value"] for each in req.get("Tags", [])}
    spec: dict[str, Any] = {each: req[each] for each in OPTIONS if each in req}  # type: ignore[literal-required]
    tracking = spec.pop("TrackingOptions", None)
    if "DeliveryOptions" in spec:
        spec["DeliveryOptions"] = delivery(tx, spec["DeliveryOptions"])
    made = configuration_sets.create(tx, req["ConfigurationSetName"], spec, tags)
    if tracking:
        configuration_sets.set_tracking(tx, made, tracking)
    return {}


@ops.read
@answering(1)
def get_configuration_set(tx: Tx, req: t.GetConfigurationSetRequest) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    shown = {
        "ConfigurationSetName": found.name,
        "SendingOptions": {"SendingEnabled": True},
        "ReputationOptions": {"ReputationMetricsEnabled": False},
        "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
        "Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()],
    }
    return shown | {each: found.spec[each] for each in OPTIONS if each in found.spec}


@ops.read
@answering(1)
def list_configuration_sets(tx: Tx, req: t.ListConfigurationSetsRequest) -> Any:
    size = page_size(req.get("PageSize"), 1000)
    found = SETS.page(tx, req.get("NextToken", ""), size)
    answer: Any = {"ConfigurationSets": [each.name for each in found[:size]]}
    if len(found) > size:
        answer["NextToken"] = found[size].name
    return answer


@ops.write
@answering(1)
def delete_configuration_set(tx: Tx, req: t.DeleteConfigurationSetRequest) -> Any:
    SETS.remove(tx, configuration_sets.get(tx, req["ConfigurationSetName"]))
    return {}


@ops.write
@answering(1)
def create_configuration_set_event_destination(
    tx: Tx, req: t.CreateConfigurationSetEventDestinationRequest
) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    given = checked(req["EventDestination"])
    configuration_sets.put_destination(tx, found, req["EventDestinationName"], given, new=True)
    return {}


@ops.write
@answering(1)
def update_configuration_set_event_destination(
    tx: Tx, req: t.UpdateConfigurationSetEventDestinationRequest
) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    given = checked(req["EventDestination"])
    configuration_sets.put_destination(tx, found, req["EventDestinationName"], given, new=False)
    return {}


@ops.write
@answering(1)
def delete_configuration_set_event_destination(
    tx: Tx, req: t.DeleteConfigurationSetEventDestinationRequest
) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    configuration_sets.drop_destination(tx, found, req["EventDestinationName"])
    return {}


@ops.read
@answering(1)
def get_configuration_set_event_destinations(
    tx: Tx, req: t.GetConfigurationSetEventDestinationsRequest
) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    known = found.spec["Destinations"].items()
    return {"EventDestinations": [{"Name": name, **each} for name, each in known]}


@ops.write
@answering(1)
def put_configuration_set_sending_options(
    tx: Tx, req: t.PutConfigurationSetSendingOptionsRequest
) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    options = {"SendingEnabled": req.get("SendingEnabled", False)}
    configuration_sets.change(tx, found, SendingOptions=options)
    return {}


@ops.write
@answering(1)
def put_configuration_set_suppression_options(
    tx: Tx, req: t.PutConfigurationSetSuppressionOptionsRequest
) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    options = {"SuppressedReasons": req.get("SuppressedReasons", [])}
    configuration_sets.change(tx, found, SuppressionOptions=options)
    return {}


@ops.write
@answering(1)
def put_configuration_set_reputation_options(
    tx: Tx, req: t.PutConfigurationSetReputationOptionsRequest
) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    options = {"ReputationMetricsEnabled": req.get("ReputationMetricsEnabled", False)}
    configuration_sets.change(tx, found, ReputationOptions=options)
    return {}


@ops.write
@answering(1)
def put_configuration_set_delivery_options(
    tx: Tx, req: t.PutConfigurationSetDeliveryOptionsRequest
) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    configuration_sets.change(tx, found, DeliveryOptions=delivery(tx, req))
    return {}


def delivery(tx: Tx, given: Any) -> dict[str, str]:
    """Complaint where it is not served."""
    if given.get("TlsPolicy", "OPTIONAL") != "OPTIONAL":
        raise Complaint(BAD, "TlsPolicy REQUIRE is not implemented here.")
    options = {"TlsPolicy": "OPTIONAL"}
    if pool := given.get("SendingPoolName"):
        if POOLS.find(tx, pool) is None:
            raise Complaint(BAD, f"SendingPool <{pool}> doesn't exist")
        options["SendingPoolName"] = pool
    return options


@ops.write
@answering(1)
def put_configuration_set_tracking_options(
    tx: Tx, req: t.PutConfigurationSetTrackingOptionsRequest
) -> Any:
    """Links by a domain of the caller's, or by ours again."""
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    given: dict[str, Any] = {
        name: value for name, value in req.items() if name != "ConfigurationSetName"
    }
    configuration_sets.set_tracking(tx, found, given)
    return {}


@ops.write
@answering(1)
def put_configuration_set_archiving_options(
    tx: Tx, req: t.PutConfigurationSetArchivingOptionsRequest
) -> Any:
    if req.get("ArchiveArn"):
        raise Complaint(BAD, "Archives of Mail Manager are not served here.")
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    configuration_sets.change(tx, found, ArchivingOptions={})
    return {}


@ops.write
@answering(1)
def put_configuration_set_vdm_options(tx: Tx, req: t.PutConfigurationSetVdmOptionsRequest) -> Any:
    found = configuration_sets.get(tx, req["ConfigurationSetName"])
    configuration_sets.change(tx, found, VdmOptions=req.get("VdmOptions", {}))
    return {}


def checked(given: Any) -> dict[str, Any]:
    """An event destination that is served here.  Complaint."""
    for name in NOT_HERE:
        if given.get(name):
            raise Complaint(BAD, f"{name} is not served here.")
    return dict(given)
