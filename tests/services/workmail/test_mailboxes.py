"""Mailboxes of users."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.workmail.calls import user


def test_a_mailbox_has_a_quota(workmail: Any, org: str) -> None:
    id = user(workmail, org, "alice")
    with pytest.raises(workmail.exceptions.EntityNotFoundException):
        workmail.get_mailbox_details(OrganizationId=org, UserId=id)
    workmail.register_to_work_mail(OrganizationId=org, EntityId=id, Email="a@jpub.awsapps.com")
    found = workmail.get_mailbox_details(OrganizationId=org, UserId=id)
    assert (found["MailboxQuota"], found["MailboxSize"]) == (51200, 0.0)
    workmail.update_mailbox_quota(OrganizationId=org, UserId=id, MailboxQuota=10)
    assert workmail.get_mailbox_details(OrganizationId=org, UserId=id)["MailboxQuota"] == 10
    with pytest.raises(workmail.exceptions.InvalidParameterException):
        workmail.update_mailbox_quota(OrganizationId=org, UserId=id, MailboxQuota=51201)
