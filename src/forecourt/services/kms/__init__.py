"""Key Management Service: keys that sign and encrypt, and never leave.

platform/keys is what the keys are and do; here is the API over it.
"""

from forecourt.services.kms import (
    agreements,
    aliases,
    data_keys,
    encryption,
    grants,
    keys,
    macs,
    policies,
    rotations,
    signatures,
    tags,
)
from forecourt.services.kms.actions import AUTHORIZATION
from forecourt.services.kms.parameters import honouring

__all__ = ["AUTHORIZATION", "TABLES"]

TABLES = tuple(
    honouring(module.ops)
    for module in (
        agreements,
        aliases,
        data_keys,
        encryption,
        grants,
        keys,
        macs,
        policies,
        rotations,
        signatures,
        tags,
    )
)
