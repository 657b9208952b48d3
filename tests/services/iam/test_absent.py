"""Lists that are empty because there is none of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import World

from .calls import EC2, answer, as_user, fault

OF_USERS = {
    "list_mfa_devices": "MFADevices",
    "list_signing_certificates": "Certificates",
    "list_ssh_public_keys": "SSHPublicKeys",
    "list_service_specific_credentials": "ServiceSpecificCredentials",
}
OF_ACCOUNTS = {
    "list_virtual_mfa_devices": "VirtualMFADevices",
    "list_instance_profiles": "InstanceProfiles",
    "list_server_certificates": "ServerCertificateMetadataList",
}
LISTS = {
    "list_saml_providers": "SAMLProviderList",
    "list_open_id_connect_providers": "OpenIDConnectProviderList",
}


@pytest.mark.parametrize(("operation", "member"), OF_USERS.items())
def test_of_users(world: World, iam: Any, operation: str, member: str) -> None:
    client = as_user(
        world,
        iam,
        "u",
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}}',
    )
    empty = {member: [], "IsTruncated": False}
    assert answer(getattr(iam, operation)(UserName="u")) == empty
    assert answer(getattr(client, operation)()) == empty
    expected = ("NoSuchEntity", "The user with name x cannot be found.")
    assert fault(getattr(iam, operation), UserName="x") == expected


@pytest.mark.parametrize(("operation", "member"), OF_ACCOUNTS.items())
def test_of_accounts(iam: Any, operation: str, member: str) -> None:
    assert answer(getattr(iam, operation)()) == {member: [], "IsTruncated": False}


@pytest.mark.parametrize(("operation", "member"), LISTS.items())
def test_of_providers(iam: Any, operation: str, member: str) -> None:
    assert answer(getattr(iam, operation)()) == {member: []}


def test_of_roles(iam: Any) -> None:
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=EC2)
    found = answer(iam.list_instance_profiles_for_role(RoleName="r"))
    assert found == {"InstanceProfiles": [], "IsTruncated": False}
    expected = ("NoSuchEntity", "The role with name x cannot be found.")
    assert fault(iam.list_instance_profiles_for_role, RoleName="x") == expected


def test_what_makes_them_is_not_implemented(iam: Any) -> None:
    made = {"create_instance_profile": {"InstanceProfileName": "p"},
            "create_virtual_mfa_device": {"VirtualMFADeviceName": "d"}}  # fmt: skip
    for operation, params in made.items():
        assert fault(getattr(iam, operation), **params)[0] == "NotImplemented"
