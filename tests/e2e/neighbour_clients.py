"""Other people's readers of messages, in an environment of their own: a validator of SNS's messages, an SDK without an endpoint.

python neighbour_clients.py STORY ARGUMENTS(JSON)
"""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any


def validate(message: dict[str, Any]) -> dict[str, Any]:
    """A signed message, by a library that looks at the host of its certificate's URL."""
    import django
    from django.conf import settings

    settings.configure()
    django.setup()
    from django_ses.utils import EventMessageVerifier, is_trusted_sns_subscribe_url

    good = EventMessageVerifier(message).is_verified()
    forged = EventMessageVerifier({**message, "Message": "forged"}).is_verified()
    trusted = is_trusted_sns_subscribe_url(message.get("SubscribeURL"))
    return {"verified": good, "forged": forged, "trusted": trusted}


def follow(url: str) -> str:
    """A SubscribeURL, opened as programs do."""
    with urllib.request.urlopen(url) as answer:
        return str(answer.read().decode())


def without_an_endpoint(topic: str) -> dict[str, Any]:
    """boto3, told nothing but where and who."""
    import boto3

    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="no-endpoint")
    s3.put_object(Bucket="no-endpoint", Key="a", Body=b"data")
    body = s3.get_object(Bucket="no-endpoint", Key="a")["Body"].read().decode()
    id = boto3.client("sns").publish(TopicArn=topic, Message="m")["MessageId"]
    return {"body": body, "id": id, "account": boto3.client("sts").get_caller_identity()["Account"]}


STORIES = {each.__name__: each for each in (validate, follow, without_an_endpoint)}

if __name__ == "__main__":
    print(json.dumps(STORIES[sys.argv[1]](**json.loads(sys.argv[2]))))  # noqa: T201
