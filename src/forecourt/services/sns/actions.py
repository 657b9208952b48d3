"""SNS as IAM sees it: topics' policies decide beside the callers', also for other accounts.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from forecourt.platform.identity.actions import Action, Authorization, Params, Values, on
from forecourt.platform.notify import subscriptions, topics

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

MEMBERS = {"sns:protocol": "Protocol", "sns:endpoint": "Endpoint"}


def topic_of(req: Params) -> str:
    arn = req.get("TopicArn") or req.get("TargetArn") or req.get("ResourceArn") or "*"
    return str(arn)


def of_topic(tx: Tx, req: Params) -> list[str]:
    return [topic_of(req)]


def policy_of(tx: Tx, req: Params) -> str | None:
    found = topics.find(tx, topic_of(req))
    return found.spec.get("Policy") if found else None


def of_subscription(tx: Tx, req: Params) -> list[str]:
    """Subscriptions are no resources of IAM: their topic is, for those who own them."""
    found = subscriptions.find(tx, req["SubscriptionArn"])
    if found is None or found.account == tx.call.account:
        return ["*"]
    return [found.topic]


def keys(tx: Tx, req: Params) -> Values:
    return {key: (str(req[name]),) for key, name in MEMBERS.items() if name in req}


ON_TOPIC = Action(of_topic, None, keys, policy_of)
ON_SUBSCRIPTION = Action(of_subscription)
ACTIONS: Mapping[str, Action | tuple[Action, ...]] = {
    "CreateTopic": on("arn:aws:sns:{region}:{account}:{Name}"),
    "ListTopics": on("*"),
    "ListSubscriptions": on("*"),
    **dict.fromkeys(
        ("DeleteTopic", "GetTopicAttributes", "SetTopicAttributes", "Subscribe",
         "ConfirmSubscription", "ListSubscriptionsByTopic", "Publish", "AddPermission",
         "RemovePermission", "TagResource", "UntagResource", "ListTagsForResource"),
        ON_TOPIC,
    ),
    "PublishBatch": Action(of_topic, "Publish", keys, policy_of),
    **dict.fromkeys(
        ("Unsubscribe", "GetSubscriptionAttributes", "SetSubscriptionAttributes"), ON_SUBSCRIPTION
    ),
}  # fmt: skip
AUTHORIZATION = Authorization("sns", ACTIONS, keeps_out=True)
