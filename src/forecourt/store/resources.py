"""Control-plane resources: one table of documents, and what operations do to them.

`spec` is what the caller asked for and `status` what reconcilers saw, both spelled as the API spells
them; the serializer writes out only the members an output shape declares.  Data that planes query
at speed has tables of its own.

    sets = Kind("route53", "delegationset", errors.NoSuchDelegationSet, is_global=True)
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from forecourt.aws.arns import Arn

if TYPE_CHECKING:
    from forecourt.aws.errors import AwsError
    from forecourt.store.tx import Row, Tx

COLUMNS = "uid, arn, name, created, generation, observed, deleting, spec, status, tags"
MINE = "service = :service AND kind = :kind AND account = :account AND region = :region"
INSERT = (
    "INSERT INTO resource (uid, arn, service, kind, account, region, name, created, generation,"
    " observed, deleting, spec, status, tags) VALUES (:uid, :arn, :service, :kind, :account,"
    " :region, :name, :created, 1, 0, :deleting, :spec, :status, :tags)"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource, as read.  Documents are values: change them through Kind.change."""

    uid: str
    arn: str
    name: str
    created: datetime
    generation: int
    observed: int
    deleting: bool
    spec: Mapping[str, Any]
    status: Mapping[str, Any]
    tags: Mapping[str, str]

    @classmethod
    def of(cls, row: Row) -> Resource:
        uid, arn, name, created, generation, observed, deleting, spec, status, tags = row
        return cls(
            uid,
            arn,
            name,
            datetime.fromtimestamp(created, UTC),
            generation,
            observed,
            bool(deleting),
            json.loads(spec),
            json.loads(status),
            json.loads(tags),
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource of a service, and the error for one that is not there.

    What is shared belongs to no account: all see the same.
    """

    service: str
    name: str
    missing: type[AwsError]
    is_global: bool = False
    is_shared: bool = False
    separator: str = "/"  # between kind and name in its ARNs
    is_bare: bool = False  # whether its ARNs end with the name alone

    def region(self, tx: Tx) -> str:
        """Where the caller's resources are: global services keep theirs in no region."""
        return "" if self.is_global else tx.call.region

    def find(self, tx: Tx, name: str) -> Resource | None:
        row = tx.one(
            f"SELECT {COLUMNS} FROM resource WHERE {MINE} AND name = :name",
            **self._mine(tx),
            name=name,
        )
        return Resource.of(row) if row else None

    def get(self, tx: Tx, name: str, complaint: str) -> Resource:
        if (found := self.find(tx, name)) is None:
            raise self.missing(complaint)
        return found

    def page(self, tx: Tx, start: str, size: int) -> list[Resource]:
        """Resources by name from `start` on, one more than `size` where there are more."""
        rows = tx.all(
            f"SELECT {COLUMNS} FROM resource WHERE {MINE} AND name >= :start"
            " ORDER BY name LIMIT :size",
            **self._mine(tx),
            start=start,
            size=size + 1,
        )
        return [Resource.of(row) for row in rows]

    def count(self, tx: Tx) -> int:
        return int(tx.value(f"SELECT count(*) FROM resource WHERE {MINE}", **self._mine(tx)))

    def create(
        self,
        tx: Tx,
        name: str,
        spec: Mapping[str, Any],
        status: Mapping[str, Any],
        tags: Mapping[str, str] | None = None,
    ) -> Resource:
        mine = self._mine(tx)
        tx.run(
            INSERT, **self.row(tx, mine["account"], mine["region"], name, spec, status, tags or {})
        )
        found = self.find(tx, name)
        assert found is not None
        return found

    def row(
        self,
        tx: Tx,
        account: str,
        region: str,
        name: str,
        spec: Mapping[str, Any],
        status: Mapping[str, Any],
        tags: Mapping[str, str],
    ) -> dict[str, Any]:
        """A new resource as `insert` takes it, for any account and region."""
        return {
            "uid": secrets.token_hex(16),
            "arn": str(Arn(self.service, region, account, self._called(name))),
            "service": self.service,
            "kind": self.name,
            "account": account,
            "region": region,
            "name": name,
            "created": tx.now.timestamp(),
            "deleting": False,
            "spec": json.dumps(spec),
            "status": json.dumps(status),
            "tags": json.dumps(tags),
        }

    def _called(self, name: str) -> str:
        return name if self.is_bare else f"{self.name}{self.separator}{name}"

    def change(
        self,
        tx: Tx,
        resource: Resource,
        *,
        spec: Mapping[str, Any] | None = None,
        status: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Resource:
        """The resource with other documents; a new spec is a new generation."""
        changed = replace(
            resource,
            generation=resource.generation + (spec is not None),
            spec=resource.spec if spec is None else spec,
            status=resource.status if status is None else status,
            tags=resource.tags if tags is None else tags,
        )
        tx.run(
            "UPDATE resource SET generation = :generation, spec = :spec, status = :status,"
            " tags = :tags WHERE uid = :uid",
            uid=changed.uid,
            generation=changed.generation,
            spec=json.dumps(changed.spec),
            status=json.dumps(changed.status),
            tags=json.dumps(changed.tags),
        )
        return changed

    def all(self, tx: Tx) -> list[Resource]:
        """All of the caller's, by name."""
        rows = tx.all(
            f"SELECT {COLUMNS} FROM resource WHERE {MINE} ORDER BY name", **self._mine(tx)
        )
        return [Resource.of(row) for row in rows]

    def between(self, tx: Tx, first: str, beyond: str) -> list[Resource]:
        """Those whose names are from `first` on and before `beyond`."""
        rows = tx.all(
            f"SELECT {COLUMNS} FROM resource WHERE {MINE} AND name >= :first AND name < :beyond"
            " ORDER BY name",
            **self._mine(tx),
            first=first,
            beyond=beyond,
        )
        return [Resource.of(row) for row in rows]

    def remove(self, tx: Tx, resource: Resource) -> None:
        """Take the row away: for what has nothing outside the store to clean up."""
        tx.run("DELETE FROM resource WHERE uid = :uid", uid=resource.uid)

    def _mine(self, tx: Tx) -> dict[str, str]:
        return {
            "service": self.service,
            "kind": self.name,
            "account": "" if self.is_shared else tx.call.account,
            "region": self.region(tx),
        }


def insert(tx: Tx, rows: Iterable[Mapping[str, Any]]) -> None:
    """Create many resources at once."""
    tx.many(INSERT, rows)


def at(tx: Tx, arn: str) -> Resource | None:
    """A resource by its ARN, whoever asks."""
    row = tx.one(f"SELECT {COLUMNS} FROM resource WHERE arn = :arn", arn=arn)
    return Resource.of(row) if row else None
