"""Write a migration for what the tables declare and the newest schema lacks.

python -m tools.new_migration 0002 "what it adds"
python -m tools.new_migration --check       # whether the migrations make the declared tables
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic.autogenerate import api, produce_migrations
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from forecourt.store.opening import HEAD, create, migrate_sqlite
from forecourt.tables import metadata

VERSIONS = Path(__file__).parent.parent / "src/forecourt/store/migrations/versions"
TEXT = '''\
"""{message}"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down!r}


def upgrade() -> None:
    {body}
'''


def difference() -> Any:
    """The operations that lead from the migrated schema to the declared one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        create(path)
        if any(VERSIONS.glob("0*.py")):
            migrate_sqlite(path)
        engine = create_engine(f"sqlite:///{path}")
        try:
            with engine.connect() as connection:
                context = MigrationContext.configure(
                    connection, opts={"compare_type": True, "render_as_batch": True}
                )
                return produce_migrations(context, metadata)
        finally:
            engine.dispose()


def main() -> None:
    found = difference()
    if "--check" in sys.argv:
        if not found.upgrade_ops.is_empty():
            sys.exit("the migrations do not make the declared tables: run tools.new_migration")
        return
    revision, message = sys.argv[1:]
    body = api.render_python_code(found.upgrade_ops, render_as_batch=True)
    first = not any(VERSIONS.glob("0*.py"))
    text = TEXT.format(message=message, revision=revision, down=None if first else HEAD, body=body)
    (VERSIONS / f"{revision}.py").write_text(text)


if __name__ == "__main__":
    main()
