"""forecourt zone: in and out through the API, and what is wrong in one sentence."""

from __future__ import annotations

import secrets
from pathlib import Path

import dns.message
import dns.query
import pytest

from forecourt.cli.zone import MOST_CHARACTERS, MOST_RECORDS, batches

from .conftest import Running

FILE = """$TTL 300
@ IN SOA ns. admin. 1 2 3 4 5
@ IN NS ns.elsewhere.test.
@ IN MX 10 mail
www IN A 192.0.2.1
www IN A 192.0.2.2
*.wild IN TXT "any; name" "two"
"""


@pytest.fixture
def name() -> str:
    return f"z{secrets.token_hex(4)}.test"


def answers(up: Running, name: str, type_: str = "A") -> set[str]:
    at = next(each for each in up.status["listeners"] if each["name"] == "ns1")
    query = dns.message.make_query(name, type_)
    said = dns.query.udp(query, at["address"], port=at["port"], timeout=5)
    return {rdata.to_text() for rrset in said.answer for rdata in rrset}


def test_round_trip(up: Running, name: str, tmp_path: Path) -> None:
    path = tmp_path / "zone.txt"
    path.write_text(FILE)
    imported = up.json("zone", "import", name, str(path))
    assert imported["RecordSets"] == 3
    assert answers(up, f"www.{name}") == {"192.0.2.1", "192.0.2.2"}  # at once
    exported = up.run("zone", "export", name).stdout
    again = up.run("zone", "import", name, "-", input=exported)
    assert again.exit_code == 0
    assert again.stdout == f"3 record sets in {name}, zone {imported['HostedZoneId']}\n"
    assert up.run("zone", "export", name).stdout == exported


def test_sets_are_replaced_and_others_stay(up: Running, name: str) -> None:
    up.json("zone", "import", name, "-", input="$TTL 60\na A 192.0.2.1\nb A 192.0.2.2\n")
    up.json("zone", "import", f"{name.upper()}.", "-", input="$TTL 60\na A 192.0.2.3\n")
    assert answers(up, f"a.{name}") == {"192.0.2.3"}
    assert answers(up, f"b.{name}") == {"192.0.2.2"}


def test_more_than_a_batch(up: Running, name: str) -> None:
    text = "$TTL 60\n" + "".join(f"n{n} A 192.0.2.{n % 250}\n" for n in range(700))
    assert up.json("zone", "import", name, "-", input=text)["RecordSets"] == 700
    assert answers(up, f"n699.{name}") == {"192.0.2.199"}
    assert len(up.json("zone", "export", name)) == 702


def test_an_account_of_its_own(up: Running, name: str) -> None:
    up.run("account", "add", "222200000001")
    up.json("zone", "import", name, "-", "--account", "222200000001", input=FILE)
    assert up.run("zone", "export", name).exit_code == 1
    assert up.run("zone", "export", name, "--account", "222200000001").exit_code == 0


@pytest.mark.parametrize(
    ("zone", "content", "text"),
    [
        ("NAME", b"x 60 IN A nonsense\n", "forecourt: "),
        ("NAME", b"\xff\xfe\n", "forecourt: "),
        ("NAME", b"x 60 IN A 192.0.2.1\nx 60 IN CNAME y\n", "forecourt: "),
        ("a b.test", b"x 60 IN A 192.0.2.1\n", "forecourt: "),
        ("bad..name", b"", "forecourt: "),
        ("x" * 64, b"", "forecourt: "),
    ],
)
def test_what_cannot_be_imported(
    up: Running, name: str, tmp_path: Path, zone: str, content: bytes, text: str
) -> None:
    path = tmp_path / "zone.txt"
    path.write_bytes(content)
    result = up.run("zone", "import", zone.replace("NAME", name), str(path))
    assert result.exit_code == 1
    assert result.stderr.startswith(text)


def test_a_zone_that_is_not_there(up: Running, name: str) -> None:
    result = up.run("zone", "export", name)
    assert result.exit_code == 1
    assert result.output == f"forecourt: there is no hosted zone {name}\n"


def test_batches_keep_aws_limits() -> None:
    def rrset(count: int, size: int) -> dict[str, object]:
        return {"ResourceRecords": [{"Value": "x" * size}] * count}

    many = [
        rrset(count, size) for count, size in [(1, 10)] * 1200 + [(100, 100)] * 5 + [(1, 4000)] * 9
    ]
    found = list(batches(many))
    assert [change["ResourceRecordSet"] for batch in found for change in batch] == many
    for batch in found:
        values = [
            record["Value"]
            for change in batch
            for record in change["ResourceRecordSet"]["ResourceRecords"]
        ]
        assert len(values) <= MOST_RECORDS
        assert sum(map(len, values)) <= MOST_CHARACTERS
    assert not list(batches([]))
