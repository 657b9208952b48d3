"""Managed policies and their versions, the account's and AWS's."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from forecourt.platform import quotas
from tests.harness import World

from .calls import ADMIN, FIRST, SES, allow, answer, fault, pages

DOCUMENT = allow("ses:SendEmail")
UNKNOWN = f"arn:aws:iam::{FIRST}:policy/unknown"
MISSING = ("NoSuchEntity", "Policy ARN was not found.")


def create(iam: Any, name: str, document: str = DOCUMENT, **options: Any) -> str:
    """The ARN of a new policy."""
    made = iam.create_policy(PolicyName=name, PolicyDocument=document, **options)
    return str(made["Policy"]["Arn"])


def test_a_policy_from_making_to_deleting(iam: Any) -> None:
    made = answer(
        iam.create_policy(
            PolicyName="Send", Path="/mail/", PolicyDocument=DOCUMENT, Description="d"
        )
    )["Policy"]
    assert re.fullmatch("ANPA[A-Z2-7]{17}", made["PolicyId"])
    assert made == {
        "PolicyName": "Send",
        "PolicyId": made["PolicyId"],
        "Arn": f"arn:aws:iam::{FIRST}:policy/mail/Send",
        "Path": "/mail/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": made["CreateDate"],
        "UpdateDate": made["CreateDate"],
    }
    assert iam.get_policy(PolicyArn=made["Arn"])["Policy"] == {
        **made,
        "Description": "d",
        "Tags": [],
    }
    assert answer(iam.list_policies(Scope="Local")) == {"Policies": [made], "IsTruncated": False}
    version = iam.get_policy_version(PolicyArn=made["Arn"], VersionId="v1")["PolicyVersion"]
    assert version == {
        "Document": json.loads(DOCUMENT),
        "VersionId": "v1",
        "IsDefaultVersion": True,
        "CreateDate": made["CreateDate"],
    }
    iam.delete_policy(PolicyArn=made["Arn"])
    assert fault(iam.get_policy, PolicyArn=made["Arn"]) == MISSING
    assert fault(iam.delete_policy, PolicyArn=made["Arn"]) == MISSING


def test_documents_come_back_as_they_were_sent(iam: Any) -> None:
    """URL-encoded on the wire: botocore decodes them, and would not the text of the answer."""
    document = '{\n "Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},\t"Id": "a+b %41 \u00e9~"}'
    arn = create(iam, "p", document)
    texts: list[str] = []

    def note(http_response: Any, **_: Any) -> None:
        texts.append(http_response.text)

    iam.meta.events.register("after-call", note)
    iam.get_policy_version(PolicyArn=arn, VersionId="v1")
    iam.meta.events.unregister("after-call", note)
    assert f"<Document>{quote(document, safe='')}</Document>" in texts[0]
    assert "%7B%0A%20%22Version%22%3A%20%222012-10-17%22%2C%20" in texts[0]
    found = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    assert found == json.loads(document)


def test_versions(iam: Any) -> None:
    arn = create(iam, "p")
    for number in range(2, 6):
        made = answer(
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow(f"ses:a{number}"))
        )
        assert made["PolicyVersion"]["VersionId"] == f"v{number}"
        assert made["PolicyVersion"]["IsDefaultVersion"] is False
        assert made["PolicyVersion"].keys() == {"VersionId", "IsDefaultVersion", "CreateDate"}
    code, text = fault(iam.create_policy_version, PolicyArn=arn, PolicyDocument=DOCUMENT)
    assert (code, text) == (
        "LimitExceeded",
        (
            "A managed policy can have up to 5 versions. Before you create a new version, you must"
            " delete an existing version."
        ),
    )
    found = pages(iam.list_policy_versions, "Versions", 2, PolicyArn=arn)
    assert [[v["VersionId"] for v in page] for page in found] == [
        ["v5", "v4"],
        ["v3", "v2"],
        ["v1"],
    ]
    assert "Document" not in found[0][0]
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v3")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"
    expected = ("DeleteConflict", "Cannot delete the default version of a policy.")
    assert fault(iam.delete_policy_version, PolicyArn=arn, VersionId="v3") == expected
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    again = iam.create_policy_version(PolicyArn=arn, PolicyDocument=DOCUMENT, SetAsDefault=True)
    assert again["PolicyVersion"]["VersionId"] == "v6"
    assert again["PolicyVersion"]["IsDefaultVersion"] is True
    code, text = fault(iam.delete_policy, PolicyArn=arn)
    assert code == "DeleteConflict"
    assert text.startswith("This policy has more than one version. Before you delete a policy, you")
    for version in ("v1", "v2", "v3", "v4"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    iam.delete_policy(PolicyArn=arn)


@pytest.mark.parametrize(
    "operation", ["get_policy_version", "delete_policy_version", "set_default_policy_version"]
)
def test_versions_that_are_not_there(iam: Any, stranger: Any, operation: str) -> None:
    arn = create(iam, "p")
    for client, policy in ((iam, arn), (iam, UNKNOWN), (stranger, arn)):
        expected = ("NoSuchEntity", "Policy ARN version v2 does not exist or is not attachable.")
        assert fault(getattr(client, operation), PolicyArn=policy, VersionId="v2") == expected
    code, text = fault(getattr(iam, operation), PolicyArn=arn, VersionId="2")
    assert code == "ValidationError"
    assert text.startswith("1 validation error detected: Value at 'versionId' failed to satisfy")


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("get_policy", {}),
        ("delete_policy", {}),
        ("list_policy_versions", {}),
        ("create_policy_version", {"PolicyDocument": DOCUMENT}),
        ("list_entities_for_policy", {}),
        ("list_policy_tags", {}),
        ("tag_policy", {"Tags": []}),
        ("untag_policy", {"TagKeys": []}),
    ],
)
def test_policies_that_are_not_there(
    iam: Any, stranger: Any, operation: str, params: dict[str, Any]
) -> None:
    arn = create(iam, "p")
    for client, policy in ((iam, UNKNOWN), (stranger, arn)):
        assert fault(getattr(client, operation), PolicyArn=policy, **params) == MISSING
    expected = ("ValidationError", "ARN arn:aws:iam:policy/too-short is not valid.")
    assert (
        fault(getattr(iam, operation), PolicyArn="arn:aws:iam:policy/too-short", **params)
        == expected
    )


@pytest.mark.parametrize(
    ("operation", "action", "params"),
    [
        ("delete_policy", "DeletePolicy", {}),
        ("create_policy_version", "CreatePolicyVersion", {"PolicyDocument": DOCUMENT}),
        ("delete_policy_version", "DeletePolicyVersion", {"VersionId": "v1"}),
        ("set_default_policy_version", "SetDefaultPolicyVersion", {"VersionId": "v1"}),
        ("tag_policy", "TagPolicy", {"Tags": [{"Key": "a", "Value": ""}]}),
        ("untag_policy", "UntagPolicy", {"TagKeys": ["a"]}),
    ],
)
def test_policies_of_aws_stay(
    iam: Any, operation: str, action: str, params: dict[str, Any]
) -> None:
    expected = (
        "AccessDenied",
        (
            f"User: arn:aws:iam::{FIRST}:root is not authorized to perform: iam:{action}"
            f" on resource: policy {SES}"
        ),
    )
    assert fault(getattr(iam, operation), PolicyArn=SES, **params) == expected


def test_policies_of_aws(iam: Any) -> None:
    shown = iam.get_policy(PolicyArn=SES)["Policy"]
    assert (shown["PolicyName"], shown["DefaultVersionId"]) == ("AmazonSESFullAccess", "v1")
    assert shown["CreateDate"].isoformat() == "2015-02-06T18:41:02+00:00"
    version = iam.get_policy_version(PolicyArn=SES, VersionId="v1")["PolicyVersion"]
    assert version["Document"]["Statement"][0]["Action"] == ["ses:*"]
    [only] = iam.list_policy_versions(PolicyArn=ADMIN)["Versions"]
    assert (only["VersionId"], only["IsDefaultVersion"]) == ("v1", True)


def test_lists(iam: Any, stranger: Any) -> None:
    mine = create(iam, "AmazonSESFullAccess", Path="/p/")  # the name of one of AWS's
    create(stranger, "theirs")
    iam.create_user(UserName="u", PermissionsBoundary=mine)
    iam.create_group(GroupName="g")
    iam.attach_group_policy(GroupName="g", PolicyArn=SES)

    def listed(**params: Any) -> list[str]:
        found = pages(iam.list_policies, "Policies", 7, **params)
        return [policy["Arn"] for page in found for policy in page]

    everything = listed()
    assert len(everything) == len(set(everything)) == 93
    assert {mine, SES} < set(everything)
    assert listed(Scope="Local") == [mine]
    assert mine not in listed(Scope="AWS")
    assert listed(OnlyAttached=True) == [SES, mine]
    assert listed(OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy") == [SES]
    assert listed(OnlyAttached=True, PolicyUsageFilter="PermissionsBoundary") == [mine]
    assert listed(PathPrefix="/p/") == [mine]
    counts = {p["Arn"]: (p["AttachmentCount"], p["PermissionsBoundaryUsageCount"])
              for p in iam.list_policies(OnlyAttached=True)["Policies"]}  # fmt: skip
    assert counts == {SES: (1, 0), mine: (0, 1)}
    assert stranger.get_policy(PolicyArn=SES)["Policy"]["AttachmentCount"] == 0


def test_names(iam: Any, stranger: Any) -> None:
    create(iam, "P")
    expected = (
        "EntityAlreadyExists",
        "A policy called p already exists. Duplicate names are not allowed.",
    )
    assert fault(create, iam, "p", Path="/elsewhere/") == expected
    create(stranger, "p")


def test_a_policy_in_use_stays(iam: Any) -> None:
    arn = create(iam, "p")
    iam.create_user(UserName="u", PermissionsBoundary=arn)
    expected = ("DeleteConflict", "Cannot delete a policy attached to entities.")
    assert fault(iam.delete_policy, PolicyArn=arn) == expected
    iam.delete_user_permissions_boundary(UserName="u")
    iam.attach_user_policy(UserName="u", PolicyArn=arn)
    assert fault(iam.delete_policy, PolicyArn=arn) == expected
    iam.detach_user_policy(UserName="u", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)


def test_what_is_no_policy(iam: Any) -> None:
    expected = ("MalformedPolicyDocument", "Syntax errors in policy.")
    assert fault(create, iam, "p", "nothing") == expected
    arn = create(iam, "p")
    assert fault(iam.create_policy_version, PolicyArn=arn, PolicyDocument="{}") == expected


def test_white_space_does_not_count(world: World, iam: Any) -> None:
    size = len(DOCUMENT.replace(" ", ""))
    world.store.write_now(quotas.set_limit, FIRST, "PolicySize", size)
    create(iam, "p", DOCUMENT.replace(" ", "  \n\t"))
    expected = ("LimitExceeded", f"Cannot exceed quota for PolicySize: {size}")
    assert fault(create, iam, "q", DOCUMENT.replace("ses:", "sess:")) == expected
