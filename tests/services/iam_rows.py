"""People, put into the store as rows: users with keys, groups, roles, managed policies.

Where a test is about IAM's own operations it goes through them; these are for who may do what.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from forecourt.platform.identity import accounts, principals
from forecourt.platform.identity.principals import GROUP, POLICY, ROLE, USER
from forecourt.store.tx import Tx
from tests.harness import World

Document = Mapping[str, Any]
Key = tuple[str, str]


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def document(*statements: Document) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(*principals: str, action: Any = "sts:AssumeRole", **more: Any) -> str:
    """A trust policy for principals."""
    return document(
        {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": action, **more}
    )


class People:
    """Makes people in a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def user(
        self,
        name: str,
        *statements: Document,
        account: str = accounts.FIRST,
        path: str = "/",
        boundary: str | None = None,
        tags: Mapping[str, str] | None = None,
        managed: Iterable[str] = (),
    ) -> Key:
        """A user's key; its id is `id_of(name)`."""
        key = accounts.new_key_id(account), accounts.new_secret()

        def make(tx: Tx) -> None:
            id_ = principals.new_id(USER)
            insert(
                tx, "iam_user", id=id_, account=account, name=name, folded=name.lower(), path=path,
                created=0.0, boundary=boundary, tags=json.dumps(dict(tags or {})),
            )  # fmt: skip
            accounts.add_key(tx, account, id_, *key)
            give(tx, account, id_, statements, managed)

        self.world.store.write_now(make)
        return key

    def role(
        self,
        name: str,
        trust: str,
        *statements: Document,
        account: str = accounts.FIRST,
        path: str = "/",
        boundary: str | None = None,
        tags: Mapping[str, str] | None = None,
        longest: int = 3600,
    ) -> str:
        """A role's ARN."""

        def make(tx: Tx) -> None:
            id_ = principals.new_id(ROLE)
            insert(
                tx, "iam_role", id=id_, account=account, name=name, folded=name.lower(), path=path,
                created=0.0, trust=trust, longest=longest, boundary=boundary,
                tags=json.dumps(dict(tags or {})),
            )  # fmt: skip
            give(tx, account, id_, statements, ())

        self.world.store.write_now(make)
        return principals.arn_of("role", account, path, name)

    def group(self, name: str, members: Iterable[str], *statements: Document) -> None:
        def make(tx: Tx) -> None:
            id_ = principals.new_id(GROUP)
            insert(
                tx, "iam_group", id=id_, account=accounts.FIRST, name=name, folded=name.lower(),
                path="/", created=0.0,
            )  # fmt: skip
            for member in members:
                insert(tx, "iam_member", user_id=find(tx, "user", member), group_id=id_)
            give(tx, accounts.FIRST, id_, statements, ())

        self.world.store.write_now(make)

    def policy(self, name: str, *statements: Document, account: str = accounts.FIRST) -> str:
        """A managed policy's ARN."""
        arn = principals.arn_of("policy", account, "/", name)

        def make(tx: Tx) -> None:
            id_ = principals.new_id(POLICY)
            insert(
                tx, "iam_policy", id=id_, account=account, arn=arn, name=name, folded=name.lower(),
                path="/", created=0.0, updated=0.0, tags="{}", current=1, newest=1,
            )  # fmt: skip
            insert(
                tx, "iam_policy_version", policy_id=id_, number=1,
                document=document(*statements), created=0.0,
            )  # fmt: skip

        self.world.store.write_now(make)
        return arn

    def id_of(self, kind: str, name: str) -> str:
        return self.world.store.read_now(find, kind, name)

    def change(self, kind: str, name: str, *statements: Document) -> None:
        """Other inline policies for one who has been made."""

        def make(tx: Tx) -> None:
            id_ = find(tx, kind, name)
            tx.run("DELETE FROM iam_inline WHERE entity = :id", id=id_)
            give(tx, accounts.FIRST, id_, statements, ())

        self.world.store.write_now(make)

    def remove(self, kind: str, name: str) -> None:
        """A user or a role goes, with what hangs on it, but not its keys."""

        def make(tx: Tx) -> None:
            id_ = find(tx, kind, name)
            for table in ("iam_inline", "iam_attachment"):
                tx.run(f"DELETE FROM {table} WHERE entity = :id", id=id_)
            tx.run(f"DELETE FROM iam_{kind} WHERE id = :id", id=id_)
            principals.touch(tx)

        self.world.store.write_now(make)


def give(
    tx: Tx, account: str, entity: str, statements: Iterable[Document], managed: Iterable[str]
) -> None:
    if statements := tuple(statements):
        insert(tx, "iam_inline", entity=entity, name="inline", document=document(*statements))
    for arn in managed:
        insert(tx, "iam_attachment", entity=entity, arn=arn, account=account)
    principals.touch(tx)


def find(tx: Tx, kind: str, name: str) -> str:
    return str(tx.value(f"SELECT id FROM iam_{kind} WHERE name = :name", name=name))


def insert(tx: Tx, table: str, **row: Any) -> None:
    tx.run(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})",
        **row,
    )
