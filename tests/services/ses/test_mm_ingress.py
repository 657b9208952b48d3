"""Ingress points: what they are made of, and who signs in."""

from __future__ import annotations

from typing import Any

from forecourt.platform.identity import passwords
from forecourt.services.ses.mm_ingress import signing_in
from tests.harness import World

from .calls import fault
from .managing import PASSWORD, ingress_point, policy, rule_set


def proves(password: str, kept: str) -> bool:
    return passwords.same(passwords.digest(password, passwords.salt_of(kept)), kept)


def test_an_ingress_point(world: World, manager: Any) -> None:
    rules, allowed = rule_set(manager), policy(manager)
    id = ingress_point(manager, allowed, rules)
    found = manager.get_ingress_point(IngressPointId=id)
    assert (found["Type"], found["Status"], found["RuleSetId"]) == ("AUTH", "ACTIVE", rules)
    assert found["ARecord"]
    (listed,) = manager.list_ingress_points()["IngressPoints"]
    assert listed["IngressPointName"] == "point"
    point = world.store.read_now(signing_in, id)
    assert point is not None
    assert (point.account, point.needs_tls, point.rule_set) == ("000000000000", False, "rules")
    assert proves(PASSWORD, point.password)
    manager.update_ingress_point(
        IngressPointId=id, IngressPointName="other",
        IngressPointConfiguration={"SmtpPassword": "Another-Passw0rd"},
    )  # fmt: skip
    point = world.store.read_now(signing_in, id)
    assert point is not None
    assert proves("Another-Passw0rd", point.password)
    manager.update_ingress_point(IngressPointId=id, StatusToUpdate="CLOSED")
    found = manager.get_ingress_point(IngressPointId=id)
    assert (found["Status"], found["IngressPointName"]) == ("CLOSED", "other")
    assert world.store.read_now(signing_in, id) is None
    manager.delete_ingress_point(IngressPointId=id)
    assert fault(manager.get_ingress_point, IngressPointId=id)[0] == "ResourceNotFoundException"
    assert world.store.read_now(signing_in, "inp-none") is None


def test_what_is_refused(manager: Any) -> None:
    rules, allowed = rule_set(manager), policy(manager)
    secret = {"SecretArn": "arn:aws:secretsmanager:us-east-1:000000000000:secret:x"}
    for more in (
        {"Type": "OPEN"},
        {"IngressPointConfiguration": secret},
        {"TlsPolicy": "FIPS"},
        {"RuleSetId": "none"},
        {"TrafficPolicyId": "none"},
    ):
        wrong = fault(ingress_point, manager, allowed, rules, **more)
        assert wrong[0] == "ValidationException", more
