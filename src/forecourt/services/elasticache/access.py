"""Who may do what on a cache: tokens, and users as engines have them.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any

from forecourt.planes.cache.configuration import access, hashed
from forecourt.store.resources import Resource

from .stored import USER_GROUPS, USERS, InvalidParameterValue

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

EVERYTHING = "~* &* +@all"
TOKEN = re.compile(r"[\x21-\x7e]{16,128}\Z")
BARRED = set('/"@')
# Keys, channels, commands and categories: https://valkey.io/topics/acl
RULE = re.compile(
    r"(on|off|~\S+|%(R|W|RW)~\S+|&\S+|allkeys|resetkeys|allchannels|resetchannels|allcommands|nocommands"
    r"|[+-]@[a-z]+|[+-][a-z][a-z0-9-]*(\|[a-z0-9-]+)?|\([^()]*\)|clearselectors)\Z"
)


def check_token(token: str) -> None:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html"""
    if not TOKEN.match(token) or set(token) & BARRED:
        raise InvalidParameterValue(
            'The AuthToken has 16 to 128 printable characters, without /, " and @.'
        )


def check_string(text: str) -> None:
    """Whether an access string says only what it may.  InvalidParameterValue."""
    for rule in words(text):
        if not RULE.match(rule):
            raise InvalidParameterValue(f"The access string has an invalid rule: {rule}")
    if any(character in text for character in "\r\n\0\"'\\"):
        raise InvalidParameterValue("The access string has characters that it cannot have.")


def words(text: str) -> list[str]:
    """The rules of an access string; a selector in parentheses is one."""
    return re.findall(r"\([^()]*\)|\S+", text)


def users(tx: Tx, cache: Resource, engine: str, secret: str) -> list[str]:
    """The users of a cache, as an engine's configuration has them; `secret` is the cache's own."""
    spec = cache.spec
    if spec.get("UserGroups"):
        found = [each for name in spec["UserGroups"] for each in members(tx, name)]
        lines = [line(engine, each, secret) for each in found]
        named = {each.spec["Name"] for each in found}
        return lines if "default" in named else ["default reset off", *lines]
    return [access(engine, "default", spec.get("AuthTokens", ()), EVERYTHING)]


def line(engine: str, user: Resource, secret: str) -> str:
    rules = " ".join(word for word in words(user.spec["Access"]) if word not in ("on", "off"))
    on = "off" not in words(user.spec["Access"])
    passwords = user.spec["Passwords"]
    if user.spec["Authentication"] == "iam":
        passwords = [hashed(stand_in(secret, user.spec["Name"]))]
    return access(engine, user.spec["Name"], passwords, rules, on=on)


def stand_in(secret: str, name: str) -> str:
    """The password that a user's IAM tokens are exchanged for before an engine sees them."""
    return hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest()


def members(tx: Tx, group: str) -> list[Resource]:
    found = USER_GROUPS.find(tx, group)
    ids = [] if found is None else found.spec["Users"]
    return [each for id in ids if (each := USERS.find(tx, id)) is not None]


def kept(passwords: Any) -> list[str]:
    return [hashed(each) for each in passwords]
