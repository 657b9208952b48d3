"""Simple Notification Service: topics, who subscribes to them, and publishing.

platform/notify is what is delivered and how; here is the API over it.
"""

from forecourt.services.sns import permissions, publishing, subscriptions, tags, topics
from forecourt.services.sns.actions import AUTHORIZATION
from forecourt.services.sns.subscriptions import LINKS, by_link

__all__ = ["AUTHORIZATION", "LINKS", "TABLES", "by_link"]

TABLES = (permissions.ops, publishing.ops, subscriptions.ops, tags.ops, topics.ops)
