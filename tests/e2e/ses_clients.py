"""Django's mail by SES, in an environment of its own: django-ses, and anymail with its webhook.

python ses_clients.py STORY ARGUMENTS(JSON)
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def start(**settings_: Any) -> None:
    import django
    from django.conf import settings

    settings.configure(
        DEFAULT_FROM_EMAIL="shop@app.test",
        INSTALLED_APPS=["anymail"],
        ALLOWED_HOSTS=["*"],
        **settings_,
    )
    django.setup()


def django_ses(to: str) -> str:
    start(
        EMAIL_BACKEND="django_ses.SESBackend",
        AWS_SES_REGION_NAME="us-east-1",
        AWS_SES_REGION_ENDPOINT_URL=os.environ["AWS_ENDPOINT_URL"],
        USE_SES_V2=True,
    )
    from django.core.mail import EmailMultiAlternatives

    message = EmailMultiAlternatives("by django-ses", "text", None, [to])
    message.attach_alternative("<b>html</b>", "text/html")
    message.attach("a.txt", "attached", "text/plain")
    assert message.send() == 1
    return str(message.extra_headers["message_id"])


def anymail(to: str, configuration_set: str) -> list[str]:
    start(
        EMAIL_BACKEND="anymail.backends.amazon_ses.EmailBackend",
        ANYMAIL={"AMAZON_SES_CONFIGURATION_SET_NAME": configuration_set},
    )
    from django.core.mail import EmailMessage

    plain: Any = EmailMessage("by anymail", "text", None, [to])
    plain.tags = ["welcome"]
    plain.metadata = {"order": "17"}
    plain.send()
    by_template: Any = EmailMessage(None, "", None, [to])
    by_template.template_id = "greeting"
    by_template.merge_global_data = {"name": "Bob"}
    by_template.send()
    return [str(each.anymail_status.message_id) for each in (plain, by_template)]


def webhook(posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What anymail makes of what topics post."""
    start(ANYMAIL={"AMAZON_SES_AUTO_CONFIRM_SNS_SUBSCRIPTIONS": False})
    from anymail.signals import tracking
    from anymail.webhooks.amazon_ses import AmazonSESTrackingWebhookView
    from django.test import RequestFactory

    found: list[dict[str, Any]] = []

    def note(sender: Any, event: Any, **_: Any) -> None:
        found.append(
            {
                "type": event.event_type,
                "id": event.message_id,
                "recipient": event.recipient,
                "url": event.click_url,
                "reason": event.reject_reason,
            }
        )

    tracking.connect(note)
    view = AmazonSESTrackingWebhookView.as_view()
    for each in posts:
        request = RequestFactory().post(
            "/", each["body"], content_type="text/plain",
            headers={k: v for k, v in each["headers"].items() if k.startswith("x-amz-sns")},
        )  # fmt: skip
        assert view(request).status_code == 200
    return found


def inbound(posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What anymail makes of mail that rules handed to a topic."""
    start(ANYMAIL={"AMAZON_SES_AUTO_CONFIRM_SNS_SUBSCRIPTIONS": False})
    from anymail.signals import inbound as received
    from anymail.webhooks.amazon_ses import AmazonSESInboundWebhookView
    from django.test import RequestFactory

    found: list[dict[str, Any]] = []

    def note(sender: Any, event: Any, **_: Any) -> None:
        found.append(
            {
                "id": event.event_id,
                "subject": event.message.subject,
                "to": event.message.envelope_recipient,
            }
        )

    received.connect(note)
    view = AmazonSESInboundWebhookView.as_view()
    for each in posts:
        request = RequestFactory().post(
            "/", each["body"], content_type="text/plain",
            headers={k: v for k, v in each["headers"].items() if k.startswith("x-amz-sns")},
        )  # fmt: skip
        assert view(request).status_code == 200
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
