"""Configuration sets: how messages that name one are sent, and who is told what becomes of them.

https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from forecourt.platform.notify import topics
from forecourt.store.resources import Resource

from . import identities
from .stored import BAD, EXISTS, LIMIT, NOT_FOUND, SETS, Complaint

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
STREAM = re.compile(r"arn:aws:firehose:[a-z0-9-]+:\d{12}:deliverystream/[a-zA-Z0-9_.-]{1,64}\Z")
MOST, MOST_DESTINATIONS = 10_000, 10
SERVICE = "ses.amazonaws.com"
EVENTS = (
    "SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "OPEN", "CLICK", "RENDERING_FAILURE",
    "DELIVERY_DELAY", "SUBSCRIPTION",
)  # fmt: skip
KINDS = (
    "SnsDestination", "CloudWatchDestination", "KinesisFirehoseDestination", "EventBridgeDestination"
)  # fmt: skip


def find(tx: Tx, name: str) -> Resource | None:
    return SETS.find(tx, name)


def get(tx: Tx, name: str) -> Resource:
    found = SETS.find(tx, name)
    if found is None:
        raise Complaint(NOT_FOUND, f"Configuration set <{name}> does not exist.", "set")
    return found


def create(tx: Tx, name: str, spec: Mapping[str, Any], tags: Mapping[str, str]) -> Resource:
    if NAME.match(name) is None:
        raise Complaint(BAD, f"Invalid configuration set name <{name}>.")
    if SETS.find(tx, name) is not None:
        raise Complaint(EXISTS, f"Configuration set <{name}> already exists.", "set")
    if SETS.count(tx) >= MOST:
        raise Complaint(LIMIT, f"An account has at most {MOST} configuration sets in a region.")
    return SETS.create(tx, name, {"Destinations": {}, **spec}, {}, tags)


def tracks(found: Resource | None, overrides: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether opens and clicks are told: where a destination wants them, or a request says so."""
    wanted: set[str] = set()
    for each in found.spec["Destinations"].values() if found is not None else ():
        if each["Enabled"]:
            wanted |= set(each["MatchingEventTypes"])
    opens = overrides.get("OpenTrackingEnabled", ON if "OPEN" in wanted else "")
    clicks = overrides.get("ClickTrackingEnabled", ON if "CLICK" in wanted else "")
    return opens == ON, clicks == ON


ON = "ENABLED"


def links_at(found: Resource | None, public: str) -> str:
    """Where a set's links lead: to us, by our name or by the caller's."""
    own = found.spec.get("TrackingOptions", {}).get("CustomRedirectDomain") if found else None
    if not own:
        return public
    place = urlsplit(public)
    return f"{place.scheme}://{own}:{place.port}" if place.port else f"{place.scheme}://{own}"


def set_tracking(tx: Tx, found: Resource, given: Mapping[str, Any] | None) -> None:
    """Complaint where the domain is not of a proven identity."""
    if given:
        domain = given.get("CustomRedirectDomain", "")
        if not domain:
            raise Complaint(BAD, "CustomRedirectDomain must be specified.", "tracking")
        if identities.of_address(tx, f"links@{domain}") is None:
            raise Complaint(BAD, f"Domain {domain} is not verified under this account.", "tracking")
        if given.get("HttpsPolicy", "OPTIONAL") != "OPTIONAL":
            raise Complaint(
                BAD, "Links are served over HTTP: HttpsPolicy must be OPTIONAL.", "tracking"
            )
    change(tx, found, TrackingOptions=dict(given or {}))


def change(tx: Tx, found: Resource, **members: Any) -> None:
    SETS.change(tx, found, spec={**found.spec, **members})


def put_destination(
    tx: Tx, found: Resource, name: str, given: Mapping[str, Any], *, new: bool
) -> None:
    """Where events go, in v2's words.  Complaint."""
    known = dict(found.spec["Destinations"])
    if NAME.match(name) is None:
        raise Complaint(BAD, f"Invalid event destination name <{name}>.")
    if new and name in known:
        raise Complaint(EXISTS, f"Event destination <{name}> already exists.", "destination")
    if not new and name not in known:
        raise Complaint(NOT_FOUND, f"Event destination <{name}> does not exist.", "destination")
    if new and len(known) >= MOST_DESTINATIONS:
        raise Complaint(LIMIT, f"A configuration set has at most {MOST_DESTINATIONS} destinations.")
    merged = {**known.get(name, {}), **given}
    for kind in KINDS:  # another kind takes the place of the one before
        if kind in given:
            merged = {k: v for k, v in merged.items() if k not in KINDS or k == kind}
    chosen = [kind for kind in KINDS if merged.get(kind)]
    if len(chosen) != 1:
        raise Complaint(BAD, "An event destination has exactly one place where events go.")
    check(tx, found, merged, chosen[0])
    change(tx, found, Destinations={**known, name: {"Enabled": False, **merged}})


def check(tx: Tx, found: Resource, given: Mapping[str, Any], kind: str) -> None:
    if not given.get("MatchingEventTypes"):
        raise Complaint(BAD, "MatchingEventTypes must name at least one type of event.")
    if any(each not in EVENTS for each in given["MatchingEventTypes"]):
        raise Complaint(BAD, "MatchingEventTypes names no type of event.")
    place = given[kind]
    if kind == "SnsDestination":
        arn, account = place["TopicArn"], tx.call.account
        if topics.for_service(tx, arn, SERVICE, found.arn, account) is None:
            raise Complaint(BAD, f"SNS topic <{arn}> not found.", "destination")
    own = f":{tx.call.region}:{tx.call.account}:"
    if kind == "KinesisFirehoseDestination" and STREAM.match(place["DeliveryStreamArn"]) is None:
        raise Complaint(BAD, "DeliveryStreamArn is no ARN of a delivery stream.", "firehose")
    if kind == "KinesisFirehoseDestination" and own not in place["DeliveryStreamArn"]:
        raise Complaint(BAD, "The delivery stream must be of this account and region.", "firehose")
    bus = f"arn:aws:events{own}event-bus/default"
    if kind == "EventBridgeDestination" and place["EventBusArn"] != bus:
        raise Complaint(BAD, "Only the account's default event bus is supported.")
    if kind == "CloudWatchDestination" and not place.get("DimensionConfigurations"):
        raise Complaint(BAD, "A CloudWatch destination needs dimensions.")


def drop_destination(tx: Tx, found: Resource, name: str) -> None:
    known = dict(found.spec["Destinations"])
    if known.pop(name, None) is None:
        raise Complaint(NOT_FOUND, f"Event destination <{name}> does not exist.", "destination")
    change(tx, found, Destinations=known)
