"""MTA-STS policies as text."""

from __future__ import annotations

import pytest

from forecourt.planes.mail import sts

GOOD = "version: STSv1\r\nmode: enforce\r\nmx: mx.b.test\r\nmx: *.b.test\r\nmax_age: 604800\r\n"


def test_a_policy_names_hosts() -> None:
    policy = sts.parse(GOOD)
    assert policy == sts.Policy("enforce", ("mx.b.test", "*.b.test"), 604800)
    assert policy.allows("mx.b.test") and policy.allows("any.b.test")
    assert not policy.allows("a.any.b.test") and not policy.allows("b.test")


@pytest.mark.parametrize(
    ("old", "new"),
    [("STSv1", "STSv2"), ("enforce", "odd"), ("604800", "x"), ("604800", ""), ("mx:", "xm:"), ("version", "v"),
     ("604800", "9" * 30)],
)  # fmt: skip
def test_what_is_malformed_is_no_policy(old: str, new: str) -> None:
    assert sts.parse(GOOD.replace(old, new)) is None


def test_none_needs_no_hosts_and_nothing_holds_for_ever() -> None:
    policy = sts.parse("version: STSv1\nmode: none\nmax_age: 9999999999\n")
    assert policy == sts.Policy("none", (), sts.LONGEST)


@pytest.mark.parametrize(
    ("texts", "id"),
    [(["v=STSv1; id=20261125;"], "20261125"), (["v=STSv1; id=a b;"], None), ([], None), (["x"], None),
     (["v=STSv1; id=1;", "v=STSv1; id=2;"], None), (["v=spf1", "v=STSv1; id=1"], "1"), (["v=STSv1;"], None)],
)  # fmt: skip
def test_one_record_says_which(texts: list[str], id: str | None) -> None:
    assert sts.record_id(texts) == id
