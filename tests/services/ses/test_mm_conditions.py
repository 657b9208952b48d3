"""Conditions: each kind, each operator."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.ses.mm_conditions import Facts, Unserved, check, holds

FACTS = Facts(
    recipient="Info@App.test", client="::ffff:10.1.2.3", tls="TLSv1.2",
    mail_from="bob@far.test", helo="far.test", size=1000,
    headers={"subject": ["Big news"], "x-kind": ["a", "b"]},
    addresses={"from": ["bob@far.test"], "to": ["info@app.test", "all@app.test"]},
    verdicts={"spf": "PASS"}, dmarc_policy="REJECT",
)  # fmt: skip


def text(attribute: str, operator: str, *values: str) -> dict[str, Any]:
    evaluated = {"Attribute": attribute}
    return {
        "StringExpression": {"Evaluate": evaluated, "Operator": operator, "Values": list(values)}
    }


def header(name: str, operator: str, *values: str) -> dict[str, Any]:
    evaluated = {"MimeHeaderAttribute": name}
    return {
        "StringExpression": {"Evaluate": evaluated, "Operator": operator, "Values": list(values)}
    }


def other(kind: str, attribute: str, operator: str, **more: Any) -> dict[str, Any]:
    return {kind: {"Evaluate": {"Attribute": attribute}, "Operator": operator, **more}}


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (text("RECIPIENT", "EQUALS", "info@app.test"), True),
        (text("RECIPIENT", "EQUALS", "app.test"), False),
        (text("RECIPIENT", "ENDS_WITH", "@far.test", "@app.test"), True),
        (text("MAIL_FROM", "STARTS_WITH", "bob@"), True),
        (text("HELO", "NOT_EQUALS", "far.test"), False),
        (text("HELO", "NOT_EQUALS", "near.test"), True),
        (text("SUBJECT", "CONTAINS", "NEWS"), True),
        (text("FROM", "CONTAINS", "far"), True),
        (text("TO", "EQUALS", "all@app.test"), True),
        (text("CC", "CONTAINS", ""), False),
        (text("SENDER", "NOT_EQUALS", "bob@far.test"), True),
        (header("X-Kind", "EQUALS", "b"), True),
        (header("X-None", "CONTAINS", ""), False),
        (other("IpExpression", "SOURCE_IP", "CIDR_MATCHES", Values=["10.0.0.0/8"]), True),
        (other("IpExpression", "SOURCE_IP", "NOT_CIDR_MATCHES", Values=["10.0.0.0/8"]), False),
        (other("Ipv6Expression", "SOURCE_IPV6", "CIDR_MATCHES", Values=["2001:db8::/32"]), False),
        (other("TlsExpression", "TLS_PROTOCOL", "IS", Value="TLS1_2"), True),
        (other("TlsExpression", "TLS_PROTOCOL", "MINIMUM_TLS_VERSION", Value="TLS1_3"), False),
        (other("NumberExpression", "MESSAGE_SIZE", "LESS_THAN", Value=1000), False),
        (other("NumberExpression", "MESSAGE_SIZE", "GREATER_THAN_OR_EQUAL", Value=1000), True),
        (other("VerdictExpression", "SPF", "EQUALS", Values=["PASS"]), True),
        (other("VerdictExpression", "DKIM", "EQUALS", Values=["PASS", "FAIL"]), False),
        ({"DmarcExpression": {"Operator": "EQUALS", "Values": ["REJECT"]}}, True),
        ({"DmarcExpression": {"Operator": "NOT_EQUALS", "Values": ["REJECT"]}}, False),
        (other("BooleanExpression", "TLS", "IS_TRUE"), True),
        (other("BooleanExpression", "TLS_WRAPPED", "IS_TRUE"), False),
        (other("BooleanExpression", "READ_RECEIPT_REQUESTED", "IS_FALSE"), True),
    ],
)
def test_holds(condition: dict[str, Any], wanted: bool) -> None:
    check([condition])
    assert holds(condition, FACTS) is wanted


def test_what_is_not_looked_at() -> None:
    analysis = {"Analysis": {"Analyzer": "arn:aws:ses:::x", "ResultField": "y"}}
    for evaluated in (analysis, {"IsInAddressList": {"Attribute": "FROM", "AddressLists": ["a"]}}):
        with pytest.raises(Unserved):
            check([{"BooleanExpression": {"Evaluate": evaluated, "Operator": "IS_TRUE"}}])
    with pytest.raises(ValueError, match="nonsense"):
        check([other("IpExpression", "SOURCE_IP", "CIDR_MATCHES", Values=["nonsense"])])
    with pytest.raises(ValueError, match="long"):
        check([text("HELO", "EQUALS", "x" * 2049)])
