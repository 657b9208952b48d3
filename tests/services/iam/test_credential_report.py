"""The credential report."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

from tests.harness import World

from .calls import FIRST, answer, fault, new_key


def lines(iam: Any) -> list[dict[str, str]]:
    found = iam.get_credential_report()
    assert found["ReportFormat"] == "text/csv"
    return list(csv.DictReader(found["Content"].decode().splitlines()))


def test_a_report(iam: Any, stranger: Any) -> None:
    assert fault(iam.get_credential_report)[0] == "ReportNotPresent"
    iam.create_user(UserName="a", Path="/p/")
    iam.create_user(UserName="b")
    iam.create_login_profile(UserName="a", Password="Correct-Horse1")
    key, _ = new_key(iam, "a")
    iam.update_access_key(UserName="a", AccessKeyId=key, Status="Inactive")
    new_key(iam, "a")
    started = answer(iam.generate_credential_report())
    text = "No report exists. Starting a new report generation task"
    assert started == {"State": "STARTED", "Description": text}
    iam.create_user(UserName="later")
    assert answer(iam.generate_credential_report()) == {"State": "COMPLETE"}
    root, a, b = lines(iam)
    assert (root["user"], root["arn"]) == ("<root_account>", f"arn:aws:iam::{FIRST}:root")
    assert (root["password_enabled"], root["access_key_1_active"]) == ("not_supported", "true")
    made = iam.get_user(UserName="a")["User"]["CreateDate"].isoformat()
    assert a == {
        "user": "a",
        "arn": f"arn:aws:iam::{FIRST}:user/p/a",
        "user_creation_time": made,
        "password_enabled": "true",
        "password_last_used": "no_information",
        "password_last_changed": a["password_last_changed"],
        "password_next_rotation": "N/A",
        "mfa_active": "false",
        "access_key_1_active": a["access_key_1_active"],
        "access_key_1_last_rotated": a["access_key_1_last_rotated"],
        "access_key_1_last_used_date": "N/A",
        "access_key_1_last_used_region": "N/A",
        "access_key_1_last_used_service": "N/A",
        "access_key_2_active": a["access_key_2_active"],
        "access_key_2_last_rotated": a["access_key_2_last_rotated"],
        "access_key_2_last_used_date": "N/A",
        "access_key_2_last_used_region": "N/A",
        "access_key_2_last_used_service": "N/A",
        "cert_1_active": "false",
        "cert_1_last_rotated": "N/A",
        "cert_2_active": "false",
        "cert_2_last_rotated": "N/A",
    }
    assert {a["access_key_1_active"], a["access_key_2_active"]} == {"true", "false"}
    assert b["password_enabled"] == b["access_key_1_active"] == "false"
    assert fault(stranger.get_credential_report)[0] == "ReportNotPresent"


def test_when_passwords_expire(iam: Any) -> None:
    iam.update_account_password_policy(MaxPasswordAge=90)
    iam.create_user(UserName="u")
    iam.create_login_profile(UserName="u", Password="Correct-Horse1")
    iam.generate_credential_report()
    _, user = lines(iam)
    assert user["password_next_rotation"] > user["password_last_changed"]


def test_a_new_one_after_four_hours(world: World, iam: Any) -> None:
    iam.generate_credential_report()
    first = iam.get_credential_report()["GeneratedTime"]
    iam.create_user(UserName="u")

    def age(tx: Any) -> None:
        earlier = (tx.now - timedelta(hours=4, minutes=1)).timestamp()
        status = f'{{"Content": "old", "Generated": {earlier}}}'
        tx.run("UPDATE resource SET status = :status WHERE service = 'iam'", status=status)

    world.store.write_now(age)
    assert iam.get_credential_report()["Content"] == b"old"
    assert iam.generate_credential_report()["State"] == "STARTED"
    assert iam.get_credential_report()["GeneratedTime"] >= first
    assert [line["user"] for line in lines(iam)] == ["<root_account>", "u"]
