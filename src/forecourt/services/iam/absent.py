"""What no user, role or account has here, listed so: clients ask before they delete.

There are no operations to make any of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.operations import Operations

from . import entities, users
from .entities import ROLE

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")


@ops.read
def list_mfa_devices(tx: Tx, req: t.ListMFADevicesRequest) -> t.ListMFADevicesResponse:
    users.named(tx, req)
    return {"MFADevices": [], "IsTruncated": False}


@ops.read
def list_virtual_mfa_devices(
    tx: Tx, req: t.ListVirtualMFADevicesRequest
) -> t.ListVirtualMFADevicesResponse:
    return {"VirtualMFADevices": [], "IsTruncated": False}


@ops.read
def list_signing_certificates(
    tx: Tx, req: t.ListSigningCertificatesRequest
) -> t.ListSigningCertificatesResponse:
    users.named(tx, req)
    return {"Certificates": [], "IsTruncated": False}


@ops.read
def list_ssh_public_keys(tx: Tx, req: t.ListSSHPublicKeysRequest) -> t.ListSSHPublicKeysResponse:
    users.named(tx, req)
    return {"SSHPublicKeys": [], "IsTruncated": False}


@ops.read
def list_service_specific_credentials(
    tx: Tx, req: t.ListServiceSpecificCredentialsRequest
) -> t.ListServiceSpecificCredentialsResponse:
    if not req.get("AllUsers"):
        users.named(tx, req)
    return {"ServiceSpecificCredentials": [], "IsTruncated": False}


@ops.read
def list_instance_profiles(
    tx: Tx, req: t.ListInstanceProfilesRequest
) -> t.ListInstanceProfilesResponse:
    return {"InstanceProfiles": [], "IsTruncated": False}


@ops.read
def list_instance_profiles_for_role(
    tx: Tx, req: t.ListInstanceProfilesForRoleRequest
) -> t.ListInstanceProfilesForRoleResponse:
    entities.get(tx, ROLE, req["RoleName"])
    return {"InstanceProfiles": [], "IsTruncated": False}


@ops.read
def list_server_certificates(
    tx: Tx, req: t.ListServerCertificatesRequest
) -> t.ListServerCertificatesResponse:
    return {"ServerCertificateMetadataList": [], "IsTruncated": False}


@ops.read
def list_saml_providers(tx: Tx, req: t.ListSAMLProvidersRequest) -> t.ListSAMLProvidersResponse:
    return {"SAMLProviderList": []}


@ops.read
def list_open_id_connect_providers(
    tx: Tx, req: t.ListOpenIDConnectProvidersRequest
) -> t.ListOpenIDConnectProvidersResponse:
    return {"OpenIDConnectProviderList": []}
