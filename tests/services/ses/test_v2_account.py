"""The account, as v2 has it, and tags."""

from __future__ import annotations

from typing import Any

from forecourt.roles.control import sandbox
from tests.harness import SECOND_KEY, World

from .calls import fault


def test_in_and_out_of_the_sandbox(world: World, sesv2: Any) -> None:
    found = sesv2.get_account()
    assert (found["ProductionAccessEnabled"], found["SendQuota"]["Max24HourSend"]) == (False, 200)
    sesv2.put_account_details(
        MailType="MARKETING", WebsiteURL="https://app.test", ProductionAccessEnabled=True
    )
    found = sesv2.get_account()
    assert (found["ProductionAccessEnabled"], found["SendQuota"]["MaxSendRate"]) == (True, 14)
    assert found["Details"]["MailType"] == "MARKETING"
    # Another account begins as the installation says.
    other = world.client("sesv2", SECOND_KEY)
    assert not other.get_account()["ProductionAccessEnabled"]
    world.store.write_now(sandbox, on=False)
    assert other.get_account()["ProductionAccessEnabled"]


def test_tags(world: World, sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="s", Tags=[{"Key": "a", "Value": "1"}])
    arn = "arn:aws:ses:us-east-1:000000000000:configuration-set/s"
    sesv2.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    sesv2.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert sesv2.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    gone = fault(sesv2.list_tags_for_resource, ResourceArn=arn + "x")
    assert gone[0] == "NotFoundException"
    stranger = world.client("sesv2", SECOND_KEY)
    assert fault(stranger.list_tags_for_resource, ResourceArn=arn)[0] == "AccessDeniedException"


def test_sizes_of_pages(ses: Any, sesv2: Any) -> None:
    for name in ("a.test", "b.test"):
        sesv2.create_email_identity(EmailIdentity=name)
    for size in (-5, -1, 0):
        for call in (
            sesv2.list_email_identities, sesv2.list_email_templates,
            sesv2.list_dedicated_ip_pools, sesv2.list_tenants, sesv2.list_suppressed_destinations,
        ):  # fmt: skip
            assert "NextToken" not in call(PageSize=size) or call == sesv2.list_email_identities
        assert len(ses.list_identities(MaxItems=size)["Identities"]) == 1
