"""Tags of users, roles and policies.

The keys of users' and roles' tags differ in more than case; those of policies need not.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations
from forecourt.platform.identity import principals

from . import entities, policies
from .entities import ROLE, USER, Entity, errors, given_tags, tag_list
from .paging import page

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Tx

ops = Operations("iam")
MOST = 50  # tags of a resource


@ops.write
def tag_user(tx: Tx, req: t.TagUserRequest) -> None:
    tag(tx, entities.get(tx, USER, req["UserName"]), req["Tags"])


@ops.write
def tag_role(tx: Tx, req: t.TagRoleRequest) -> None:
    tag(tx, entities.get(tx, ROLE, req["RoleName"]), req["Tags"])


@ops.write
def tag_policy(tx: Tx, req: t.TagPolicyRequest) -> None:
    found = policies.get_own(tx, req["PolicyArn"])
    put_policy_tags(tx, found, merged(found.tags, given_tags(None, req["Tags"]), str))


@ops.write
def untag_user(tx: Tx, req: t.UntagUserRequest) -> None:
    untag(tx, entities.get(tx, USER, req["UserName"]), req["TagKeys"])


@ops.write
def untag_role(tx: Tx, req: t.UntagRoleRequest) -> None:
    untag(tx, entities.get(tx, ROLE, req["RoleName"]), req["TagKeys"])


@ops.write
def untag_policy(tx: Tx, req: t.UntagPolicyRequest) -> None:
    found = policies.get_own(tx, req["PolicyArn"])
    put_policy_tags(tx, found, without(found.tags, req["TagKeys"], str))


@ops.read
def list_user_tags(tx: Tx, req: t.ListUserTagsRequest) -> t.ListUserTagsResponse:
    return tag_page(req, entities.get(tx, USER, req["UserName"]).tags)


@ops.read
def list_role_tags(tx: Tx, req: t.ListRoleTagsRequest) -> t.ListRoleTagsResponse:
    return tag_page(req, entities.get(tx, ROLE, req["RoleName"]).tags)


@ops.read
def list_policy_tags(tx: Tx, req: t.ListPolicyTagsRequest) -> t.ListPolicyTagsResponse:
    return tag_page(req, policies.get(tx, req["PolicyArn"]).tags)


def tag(tx: Tx, entity: Entity, given: list[t.Tag]) -> None:
    tags = merged(entity.tags, given_tags(entity.kind, given), str.lower)
    entities.change(tx, entity, tags=json.dumps(tags))


def untag(tx: Tx, entity: Entity, keys: list[str]) -> None:
    entities.change(tx, entity, tags=json.dumps(without(entity.tags, keys, str.lower)))


def put_policy_tags(tx: Tx, policy: policies.Managed, tags: Mapping[str, str]) -> None:
    tx.run("UPDATE iam_policy SET tags = :tags WHERE id = :id", tags=json.dumps(tags), id=policy.id)
    principals.touch(tx)


def merged(
    old: Mapping[str, str], new: Mapping[str, str], fold: Callable[[str], str]
) -> dict[str, str]:
    """Tags with others set, in place of those whose keys are the same.  LimitExceeded."""
    tags = {**without(old, new, fold), **new}
    if len(tags) > MOST:
        raise errors.LimitExceededException(
            f"The number of tags has reached the maximum limit of {MOST}."
        )
    return tags


def without(
    tags: Mapping[str, str], keys: Iterable[str], fold: Callable[[str], str]
) -> dict[str, str]:
    gone = {fold(key) for key in keys}
    return {key: value for key, value in tags.items() if fold(key) not in gone}


def tag_page(req: Mapping[str, Any], tags: Mapping[str, str]) -> Any:
    found, ending = page(req, tag_list(tags), lambda each: each["Key"])
    return {"Tags": found, **ending}
