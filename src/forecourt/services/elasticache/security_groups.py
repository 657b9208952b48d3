"""Cache security groups: for accounts without a VPC, of which AWS has none any more, and we never had.

https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheSecurityGroup.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from forecourt.aws.operations import Operations

from .stored import InvalidParameterValue

if TYPE_CHECKING:
    from forecourt.aws.types import elasticache as t
    from forecourt.store.tx import Tx

ops = Operations("elasticache")
NOT_PERMITTED = (
    "Use of cache security groups is not permitted in this API version for your account."
)


@ops.read
def create_cache_security_group(tx: Tx, req: t.CreateCacheSecurityGroupMessage) -> NoReturn:
    raise InvalidParameterValue(NOT_PERMITTED)


@ops.read
def delete_cache_security_group(tx: Tx, req: t.DeleteCacheSecurityGroupMessage) -> NoReturn:
    raise InvalidParameterValue(NOT_PERMITTED)


@ops.read
def describe_cache_security_groups(tx: Tx, req: t.DescribeCacheSecurityGroupsMessage) -> NoReturn:
    raise InvalidParameterValue(NOT_PERMITTED)


@ops.read
def authorize_cache_security_group_ingress(
    tx: Tx, req: t.AuthorizeCacheSecurityGroupIngressMessage
) -> NoReturn:
    raise InvalidParameterValue(NOT_PERMITTED)


@ops.read
def revoke_cache_security_group_ingress(
    tx: Tx, req: t.RevokeCacheSecurityGroupIngressMessage
) -> NoReturn:
    raise InvalidParameterValue(NOT_PERMITTED)
