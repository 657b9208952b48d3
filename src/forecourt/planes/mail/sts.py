"""MTA-STS: domains that say which hosts take their mail, and that these have good certificates (RFC 8461)."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST = 64 * 1024  # bytes of a policy: RFC 8461 §3.2
LONGEST = 31_557_600  # seconds a policy may hold
ENFORCE, TESTING, NONE = "enforce", "testing", "none"
PATH = "/.well-known/mta-sts.txt"


@dataclass(frozen=True, slots=True)
class Policy:
    mode: str
    hosts: tuple[str, ...]
    max_age: int

    def allows(self, host: str) -> bool:
        """RFC 8461 §4.1: a wildcard is one label."""
        return any(
            host == each or (each.startswith("*.") and host.partition(".")[2] == each[2:])
            for each in self.hosts
        )


def host_of(domain: str) -> str:
    return f"mta-sts.{domain}"


def record_id(texts: list[str]) -> str | None:
    """What identifies the present policy of a domain (RFC 8461 §3.1); None where there is none."""
    found = [text for text in texts if text.replace(" ", "").startswith("v=STSv1;")]
    if len(found) != 1:
        return None
    pairs = dict(part.strip().partition("=")[::2] for part in found[0].split(";") if part.strip())
    said = pairs.get("id", "")
    return said if said.isalnum() and len(said) <= 32 else None


def parse(text: str) -> Policy | None:
    """RFC 8461 §3.2"""
    pairs = [
        line.partition(":")[::2] for line in text.replace("\r\n", "\n").split("\n") if line.strip()
    ]
    said: dict[str, str] = {}
    hosts = []
    for key, value in pairs:
        if key.strip() == "mx":
            hosts.append(value.strip().lower())
        else:
            said.setdefault(key.strip(), value.strip())
    age = said.get("max_age", "")
    mode = said.get("mode", "")
    if said.get("version") != "STSv1" or mode not in (ENFORCE, TESTING, NONE):
        return None
    if not age.isdecimal() or len(age) > 10 or (mode != NONE and not hosts):
        return None
    return Policy(mode, tuple(hosts), min(int(age), LONGEST))
