"""What may be registered, and whose it is."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.services.route53domains.domains import DOMAINS, code_of, errors, name_in
from tests.harness import World

from .calls import detail, refused, registered


@pytest.mark.parametrize(
    ("given", "name"),
    [("Example.COM.", "example.com"), ("jpub.co.kr", "jpub.co.kr"), ("xn--9n2bp8q.kr", "xn--9n2bp8q.kr")],
)  # fmt: skip
def test_names(given: str, name: str) -> None:
    assert name_in(given) == name


@pytest.mark.parametrize(
    "given", ["com", "co.kr", "www.example.com", "-a.com", "a_b.com", "a..com", "\u00e4.com", "a b.com"]
)  # fmt: skip
def test_what_is_no_name_to_register(given: str) -> None:
    with pytest.raises(errors.InvalidInput):
        name_in(given)


def test_a_suffix_that_nobody_runs() -> None:
    with pytest.raises(errors.UnsupportedTLD, match=r"\.nowhere"):
        name_in("example.nowhere")


def test_it_is_its_accounts(world: World, domains: Any, others: Any) -> None:
    registered(world, domains, "example.com")
    with refused("InvalidInput", "Domain example.com not found in 111122223333 account."):
        detail(others, "example.com")
    assert others.list_domains()["Domains"] == []


def test_the_code_is_sealed(world: World, domains: Any) -> None:
    registered(world, domains, "example.com")
    found = world.store.read_now(lambda tx: DOMAINS.find(tx, "example.com"))
    assert found is not None
    code = domains.retrieve_domain_auth_code(DomainName="example.com")["AuthCode"]
    assert len(code) == 16
    assert code not in str(found.spec)
    assert world.store.read_now(code_of, found) == code
