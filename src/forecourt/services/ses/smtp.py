"""The SMTP interface: who signs in, by a password out of an IAM secret, and what they send.

    signed_in(tx, key_id, password)      # SmtpCaller, or None
    plan(tx, caller, ...); made_ready; accept

https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecourt.platform.identity import accounts, principals
from forecourt.platform.identity.actions import owner_of
from forecourt.platform.identity.decide import Asked, compile_policy, decide
from forecourt.platform.identity.principals import EVERYTHING
from forecourt.store.resources import at
from forecourt.store.tx import Call

from . import actions, building, identities, sending
from .sending import Made, Plan, Wanted, made_ready
from .v1_sending import raw_wanted

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

__all__ = [
    "SmtpCaller",
    "accepted",
    "is_key",
    "made_ready",
    "may_send",
    "planned",
    "signed_in",
    "wanted_of",
]

DATE, SERVICE, TERMINAL, MESSAGE, VERSION = (
    "11111111",
    "ses",
    "aws4_request",
    "SendRawEmail",
    b"\x04",
)

REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "eu-central-1", "eu-north-1",
    "eu-south-1", "eu-west-1", "eu-west-2", "eu-west-3", "ap-northeast-1", "ap-northeast-2",
    "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "sa-east-1",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SmtpCaller:
    """Who signed in, and in which region the password is good."""

    key_id: str
    account: str
    region: str
    caller: Any  # principals.Caller

    @property
    def call(self) -> Call:
        return Call(
            "ses", MESSAGE, self.account, self.region, self.caller.arn, self.key_id, self.caller
        )


def password_of(secret: str, region: str) -> str:
    """The SMTP password of an access key's secret in a region."""
    key = f"AWS4{secret}".encode()
    for part in (DATE, region, SERVICE, TERMINAL, MESSAGE):
        key = hmac.digest(key, part.encode(), "sha256")
    return base64.b64encode(VERSION + key).decode()


def is_key(user: str) -> bool:
    """Whether a user's name is an access key's id."""
    return user.startswith("AKIA") and user.isalnum() and user.isascii() and 16 <= len(user) <= 128


def signed_in(tx: Tx, key_id: str, password: str) -> SmtpCaller | None:
    key = accounts.find_key(tx, key_id)
    if key is None or not key.active:
        return None
    region = ""
    for each in REGIONS:  # all are compared: the time tells nothing
        if hmac.compare_digest(password_of(key.secret, each).encode(), password.encode()):
            region = each
    if not region:
        return None
    caller = signed(tx, key_id)
    return SmtpCaller(key_id, key.account, region, caller) if caller is not None else None


def signed(tx: Tx, key_id: str) -> Any:
    """Whose a key is, with what hangs on them now; None for a key that holds no more."""
    key = accounts.find_key(tx, key_id)
    if key is None or not key.active:
        return None
    if key.principal == accounts.root_arn(key.account):
        return principals.root(key.account)
    return principals.user(tx, key.principal)


def may_send(tx: Tx, caller: SmtpCaller, wanted: Wanted, client: str) -> bool:
    """Whether IAM lets somebody send as an address: ses:SendRawEmail on its identity."""
    address, arn = wanted.sender, wanted.identity
    if (now := signed(tx, caller.key_id)) is None:
        return False  # the key, or whoever it is of, is no more
    found = at(tx, arn) if arn else identities.of_address(tx, address)
    arn = arn or (found.arn if found is not None else "*")
    document = actions.policy_of(found if ":identity/" in arn else None)
    policy = compile_policy(document, "ResourcePolicy") if document else None
    permissions = now.permissions
    display = building.parsed(wanted.raw.source)[0] if wanted.raw is not None else ""
    known: Mapping[str, tuple[str, ...]] = {
        "ses:fromaddress": (address,),
        "aws:sourceip": (client,),
        "aws:securetransport": ("true",),
        "aws:currenttime": (tx.now.isoformat(),),
        "aws:epochtime": (str(int(tx.now.timestamp())),),
        "ses:fromdisplayname": (display,),
        "ses:feedbackaddress": (wanted.return_path,),
        "ses:recipients": wanted.recipients,
        "aws:username": (now.name or "",),
        "aws:principalarn": (now.arn,),
        **{f"aws:principaltag/{k.lower()}": (v,) for k, v in now.tags.items()},
        "aws:principalaccount": (caller.account,),
        "aws:requestedregion": (caller.region,),
    }
    asked = Asked(f"ses:{MESSAGE}", arn, known, now.principal, owner_of(arn))
    return decide(permissions if permissions is not None else EVERYTHING, asked, policy).allowed


def wanted_of(data: bytes, sender: str, recipients: Sequence[str]) -> Wanted:
    """Complaint."""
    return raw_wanted("SendSmtpEmail", data, sender, list(recipients), {})


def planned(tx: Tx, wanted: Wanted) -> Plan:
    """Complaint."""
    return sending.planned(tx, wanted)


def accepted(tx: Tx, wanted: Wanted, plan: Plan, made: Made) -> str:
    """Complaint."""
    return sending.accepted(tx, wanted, plan, made)
