"""Where mail goes: hosts in their order, TLS as it is published.  The talk itself: tests/roles/mail."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest

from forecourt.planes.mail import sts
from forecourt.planes.mail.asking import TryLater
from forecourt.planes.mail.delivery import Delivery, Route, Smarthost, Unheld
from forecourt.planes.mail.smtp_client import Failed
from tests.roles.mail.conftest import Names


@pytest.fixture
def names() -> Names:
    found = Names()
    found.add("b.test", "MX", "20 mx2.b.test.", "10 mx1.b.test.")
    found.add("mx1.b.test", "A", "192.0.2.1")
    return found


def routes(
    names: Names, domain: str = "b.test", policy: sts.Policy | None = None, **options: Any
) -> list[Route]:
    async def policy_of(_: str) -> sts.Policy | None:
        return policy

    async def fallback(asked: str) -> str | None:
        return "127.0.0.1" if asked == "hosted.test" else None

    delivery = Delivery(
        "us.test",
        names,
        may_connect=lambda _: True,
        port_of=lambda _: 25,
        source="",
        trusted=ssl.create_default_context,
        policy_of=policy_of,
        fallback=fallback,
        **options,
    )
    return asyncio.run(delivery._routes(domain))


def test_the_preferred_host_comes_first(names: Names) -> None:
    assert [route.host for route in routes(names)] == ["mx1.b.test", "mx2.b.test"]


def test_an_enforced_policy_leaves_its_hosts_and_asks_for_good_certificates(names: Names) -> None:
    enforced = sts.Policy("enforce", ("mx2.b.test",), 60)
    assert routes(names, policy=enforced) == [Route("mx2.b.test", verified=True)]
    assert len(routes(names, policy=sts.Policy("testing", ("mx2.b.test",), 60))) == 2
    with pytest.raises(TryLater):
        routes(names, policy=sts.Policy("enforce", ("other.test",), 60))


def test_without_mx_the_domain_is_its_own_host(names: Names) -> None:
    names.add("plain.test", "A", "192.0.2.1")
    assert routes(names, "plain.test") == [Route("plain.test")]
    assert routes(names, "[192.0.2.1]") == [Route("192.0.2.1")]


def test_no_domain_no_mail_and_not_ours(names: Names) -> None:
    with pytest.raises(Failed, match="There is no domain"):
        routes(names, "gone.test")
    names.add("none.test", "MX", "0 .")
    with pytest.raises(Failed, match="takes no mail"):
        routes(names, "none.test")
    names.outside.add("b.test")
    with pytest.raises(Unheld):
        routes(names, local_only=True)


def test_a_hosted_domain_needs_no_dns(names: Names) -> None:
    assert routes(names, "hosted.test") == [Route("127.0.0.1")]


def test_a_smarthost_gets_what_is_not_held(names: Names) -> None:
    relay = Smarthost("relay.test", 587, "u", "p")
    assert [route.host for route in routes(names, smarthost=relay)] == ["mx1.b.test", "mx2.b.test"]
    names.outside.add("b.test")
    (route,) = routes(names, smarthost=relay)
    assert (route.host, route.port, route.verified) == ("relay.test", 587, True)
    assert "p'" not in repr(relay)
