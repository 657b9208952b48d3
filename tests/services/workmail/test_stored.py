"""Finding entities: by their ids, names and addresses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.workmail.calls import group, organization, user


def test_an_entity_is_found_by_each_of_its_names(workmail: Any, org: str) -> None:
    id = user(workmail, org, "alice", "alice@jpub.awsapps.com")
    for given in (id, "alice", "ALICE", "alice@jpub.awsapps.com"):
        assert workmail.describe_user(OrganizationId=org, UserId=given)["UserId"] == id


def test_a_group_is_no_user_and_another_organization_s_is_nobody(workmail: Any, org: str) -> None:
    made = group(workmail, org, "all")
    other = organization(workmail, "other")
    for where, what in ((org, made), (other, made), (org, "nobody-at-all")):
        with pytest.raises(workmail.exceptions.EntityNotFoundException):
            workmail.describe_user(OrganizationId=where, UserId=what)
