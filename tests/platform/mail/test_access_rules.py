"""Access control rules: which of them decides."""

from __future__ import annotations

import pytest

from forecourt.platform.mail.access_rules import DEFAULT, Rule, effect

OFFICE: Rule = {"Name": "office", "Effect": "DENY", "NotIpRanges": ["10.0.0.0/8"]}
IMAP: Rule = {"Name": "imap", "Effect": "ALLOW", "Actions": ["IMAP"], "NotUserIds": ["bob"]}


@pytest.mark.parametrize(
    ("rules", "address", "action", "user", "decided"),
    [
        ([], "10.0.0.1", "IMAP", "a", ("DENY", [])), ([DEFAULT], "10.0.0.1", "IMAP", "a", ("ALLOW", ["Default"])),
        ([DEFAULT, OFFICE], "192.0.2.1", "IMAP", "a", ("DENY", ["office"])), ([DEFAULT, OFFICE], "10.0.0.1", "IMAP", "a", ("ALLOW", ["Default"])),
        ([IMAP], "10.0.0.1", "SMTP", "a", ("DENY", [])), ([IMAP], "10.0.0.1", "IMAP", "bob", ("DENY", [])),
        ([IMAP], "::1", "IMAP", "a", ("ALLOW", ["imap"])), ([DEFAULT, OFFICE], "::1", "IMAP", "a", ("DENY", ["office"])),
    ],
)  # fmt: skip
def test_who_denies_decides_then_who_allows(
    rules: list[Rule], address: str, action: str, user: str, decided: tuple[str, list[str]]
) -> None:
    assert effect(rules, address, action, user) == decided


def test_a_mapped_address_is_the_one_inside() -> None:
    inside: Rule = {"Name": "inside", "Effect": "DENY", "IpRanges": ["10.0.0.0/8"]}
    assert effect([inside], "::ffff:10.1.1.1", "IMAP", "u")[1] == ["inside"]
