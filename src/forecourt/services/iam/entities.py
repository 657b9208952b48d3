"""Users, groups and roles, as far as they are alike: rows with an id, a name and a path.

What differs is in their `Kind`.  The unique id outlives a change of name; names are unique in an
account whatever their case, and found as they are written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import Errors
from forecourt.platform import quotas
from forecourt.platform.identity import principals

from .paging import most, start

if TYPE_CHECKING:
    from forecourt.aws.types import iam as t
    from forecourt.store.tx import Row, Tx

errors = Errors("iam")


@dataclass(frozen=True, slots=True)
class Kind:
    """Users, groups or roles: their table is iam_<name>, their ARNs <name>/..., their members <Title>Name."""

    name: str
    prefix: str  # of unique ids
    quota: str  # how many an account may have
    policies: str  # the quota of attached policies
    inline: str  # the quota of characters in inline policies
    extra: tuple[str, ...]  # columns beside those all have

    @property
    def title(self) -> str:
        return self.name.capitalize()

    @property
    def table(self) -> str:
        return f"iam_{self.name}"

    @property
    def columns(self) -> str:
        return ", ".join(("id", "name", "path", "created", *self.extra))


USER = Kind(
    "user",
    principals.USER,
    "UsersPerAccount",
    "PoliciesPerUser",
    "UserPolicySize",
    ("boundary", "tags", "password_used"),
)
GROUP = Kind(
    "group", principals.GROUP, "GroupsPerAccount", "PoliciesPerGroup", "GroupPolicySize", ()
)
ROLE = Kind(
    "role",
    principals.ROLE,
    "RolesPerAccount",
    "PoliciesPerRole",
    "RolePolicySize",
    ("boundary", "tags", "trust", "description", "longest", "used", "used_region"),
)
KINDS = (USER, GROUP, ROLE)


@dataclass(frozen=True, slots=True)
class Entity:
    """One user, group or role of the caller's account."""

    kind: Kind
    account: str
    id: str
    name: str
    path: str
    created: float
    extra: Mapping[str, Any]

    @classmethod
    def of(cls, tx: Tx, kind: Kind, row: Row) -> Entity:
        extra = dict(zip(kind.extra, row[4:], strict=True))
        unique_id, name, path, created = row[:4]
        return cls(kind, tx.call.account, unique_id, name, path, created, extra)

    @property
    def arn(self) -> str:
        return principals.arn_of(self.kind.name, self.account, self.path, self.name)

    @property
    def folded(self) -> str:
        return self.name.lower()

    @property
    def tags(self) -> dict[str, str]:
        return dict(json.loads(self.extra.get("tags", "{}")))

    @property
    def boundary(self) -> str | None:
        return self.extra.get("boundary")

    @property
    def document(self) -> Any:
        """What the API shows of all three."""
        return {
            "Path": self.path,
            f"{self.kind.title}Name": self.name,
            f"{self.kind.title}Id": self.id,
            "Arn": self.arn,
            "CreateDate": moment(self.created),
        }

    @property
    def details(self) -> Any:
        """The members that only the answers about a single one have, where they are set."""
        found: dict[str, Any] = {}
        if self.boundary is not None:
            found["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": self.boundary,
            }
        if self.tags:
            found["Tags"] = tag_list(self.tags)
        return found


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def tag_list(tags: Mapping[str, str]) -> list[t.Tag]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def given_tags(kind: Kind | None, given: list[t.Tag]) -> dict[str, str]:
    """The tags of a request; `kind` is that of an entity, None for a policy.  InvalidInput."""
    keys = [each["Key"] for each in given]
    if len({key if kind is None else key.lower() for key in keys}) < len(keys):
        insensitive = " Please note that Tag keys are case insensitive." if kind else ""
        raise errors.InvalidInputException(f"Duplicate tag keys found.{insensitive}")
    if any(key.lower().startswith("aws:") for key in keys):
        raise errors.InvalidInputException(
            "Tag keys that start with aws: are reserved for internal AWS use."
        )
    return {each["Key"]: each["Value"] for each in given}


def find(tx: Tx, kind: Kind, name: str) -> Entity | None:
    found = find_folded(tx, kind, name)
    return found if found is not None and found.name == name else None


def get(tx: Tx, kind: Kind, name: str) -> Entity:
    if (found := find(tx, kind, name)) is None:
        raise errors.NoSuchEntityException(f"The {kind.name} with name {name} cannot be found.")
    return found


def find_folded(tx: Tx, kind: Kind, name: str) -> Entity | None:
    """The one whose name differs from this in case at most."""
    row = tx.one(
        f"SELECT {kind.columns} FROM {kind.table} WHERE account = :account AND folded = :folded",
        account=tx.call.account,
        folded=name.lower(),
    )
    return Entity.of(tx, kind, row) if row else None


def find_id(tx: Tx, kind: Kind, unique_id: str) -> Entity | None:
    row = tx.one(
        f"SELECT {kind.columns} FROM {kind.table} WHERE account = :account AND id = :id",
        account=tx.call.account,
        id=unique_id,
    )
    return Entity.of(tx, kind, row) if row else None


def listed(tx: Tx, kind: Kind, req: Mapping[str, Any]) -> list[Entity]:
    """Those of a page under PathPrefix, and one more where there are more."""
    prefix = req.get("PathPrefix", "/")
    rows = tx.all(
        f"SELECT {kind.columns} FROM {kind.table} WHERE account = :account AND folded > :after"
        " AND substr(path, 1, :length) = :prefix ORDER BY folded LIMIT :most",
        account=tx.call.account,
        after=start(req),
        length=len(prefix),
        prefix=prefix,
        most=most(req) + 1,
    )
    return [Entity.of(tx, kind, row) for row in rows]


def everyone(tx: Tx, kind: Kind) -> list[Entity]:
    rows = tx.all(
        f"SELECT {kind.columns} FROM {kind.table} WHERE account = :account ORDER BY folded",
        account=tx.call.account,
    )
    return [Entity.of(tx, kind, row) for row in rows]


def count(tx: Tx, table: str) -> int:
    """How many rows of a table are the account's."""
    sql = f"SELECT count(*) FROM {table} WHERE account = :account"
    return int(tx.value(sql, account=tx.call.account))


def within(tx: Tx, quota: str, wanted: int) -> None:
    """LimitExceeded where a quota does not allow so many."""
    if wanted > (limit := quotas.limit(tx, quota)):
        raise errors.LimitExceededException(f"Cannot exceed quota for {quota}: {limit}")


def create(tx: Tx, kind: Kind, name: str, path: str | None, **columns: Any) -> Entity:
    refuse_taken(tx, kind, name)
    within(tx, kind.quota, count(tx, kind.table) + 1)
    values = {
        "id": principals.new_id(kind.prefix),
        "account": tx.call.account,
        "name": name,
        "folded": name.lower(),
        "path": path or "/",
        "created": tx.now.timestamp(),
        **columns,
    }
    places = ", ".join(f":{column}" for column in values)
    tx.run(f"INSERT INTO {kind.table} ({', '.join(values)}) VALUES ({places})", **values)
    return get(tx, kind, name)


def refuse_taken(tx: Tx, kind: Kind, name: str) -> None:
    if find_folded(tx, kind, name) is not None:
        raise errors.EntityAlreadyExistsException(f"{kind.title} with name {name} already exists.")


def change(tx: Tx, entity: Entity, **columns: Any) -> None:
    """Set columns of its row; every gateway then looks again who may do what."""
    settings = ", ".join(f"{column} = :{column}" for column in columns)
    tx.run(f"UPDATE {entity.kind.table} SET {settings} WHERE id = :id", id=entity.id, **columns)
    principals.touch(tx)


def rename(tx: Tx, entity: Entity, name: str | None, path: str | None) -> None:
    """Another name or path, or both; the id, and all that hangs on it, stay."""
    new = name or entity.name
    if new.lower() != entity.folded:
        refuse_taken(tx, entity.kind, new)
    change(tx, entity, name=new, folded=new.lower(), path=path or entity.path)


def remove(tx: Tx, entity: Entity, conflicts: Mapping[str, str]) -> None:
    """Delete an entity that nothing hangs on.

    `conflicts` are the queries for what still does, and what must be done about it.
    """
    for sql, duty in ({**CONFLICTS, **conflicts}).items():
        if tx.one(sql, id=entity.id) is not None:
            raise errors.DeleteConflictException(f"Cannot delete entity, must {duty} first.")
    tx.run(f"DELETE FROM {entity.kind.table} WHERE id = :id", id=entity.id)
    principals.touch(tx)


CONFLICTS = {
    "SELECT 1 FROM iam_attachment WHERE entity = :id": "detach all policies",
    "SELECT 1 FROM iam_inline WHERE entity = :id": "delete policies",
}
