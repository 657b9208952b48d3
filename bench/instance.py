"""A Forecourt instance of its own, on a network of its own, with a zone of any size.

    with Instance(processes=1) as instance:
        instance.fill(100_000)
        instance.pids("dns"), instance.name_server, instance.recorder

Records go in through the API, in batches as large as it takes: what is measured afterwards is what a
user would have.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from bench.calls import Recorder, upsert
from bench.load import Connection
from bench.processes import command_of, running, tree

BIND, NETWORK = "127.63.0.1", "127.63.0.0/16"
ACCOUNT = "000000000000"
ORIGIN = "bench.example"
BATCH = 1000  # changes in a call, AWS's limit (an UPSERT counts twice, a CREATE once)
FORECOURT = (sys.executable, "-m", "forecourt.cli")


def owner(number: int) -> str:
    """The name of one record of a zone filled with many."""
    return f"host-{number}.{ORIGIN}"


def address_of(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


class Instance:
    """Runs while it is entered."""

    def __init__(self, processes: int, mail: dict[str, Any] | None = None, **dns: Any) -> None:
        """`dns` is what else forecourt.toml says of [dns], `mail` what it says of [mail]."""
        self._settings = {"dns": {"processes": processes, **dns}, "mail": mail or {}}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="forecourt-bench-"))
            self.data = Path(folder) / "data"
            self.data.mkdir(mode=0o700)
            with open(self.data / "forecourt.toml", "w") as file:
                for section, settings in self._settings.items():
                    file.write(f"[{section}]\n")
                    file.writelines(f"{n} = {json.dumps(v)}\n" for n, v in settings.items())
            command = (
                *FORECOURT,
                "up",
                "--bind",
                BIND,
                "--network",
                NETWORK,
                "--data",
                str(self.data),
            )
            self.process = stack.enter_context(
                running(command, Path(folder) / "log", lambda: bool(self._status()["ready"]))
            )
            status = self._status()
            servers = {each["name"]: each for each in status["listeners"]}
            self.name_server = servers["ns1"]["address"], servers["ns1"]["port"]
            url = urlsplit(status["api"])
            self.api = url.hostname or BIND, url.port or 80
            key = self.run("env")
            self.recorder = Recorder(
                status["api"], key["AWS_ACCESS_KEY_ID"], key["AWS_SECRET_ACCESS_KEY"]
            )
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.close()

    def run(self, *words: str) -> Any:
        """A verb of the command line, with --json."""
        command = (*FORECOURT, *words, "--json", "--data", str(self.data))
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)

    def pids(self, role: str) -> list[int]:
        """The processes of a role."""
        mine = tree(self.process.pid)[1:]
        return [pid for pid in mine if command_of(pid)[2:4] == ["forecourt.roles", role]]

    def all_pids(self) -> list[int]:
        """The whole tree, the supervisor included."""
        return tree(self.process.pid)

    def fill(self, records: int) -> str:
        """Make a zone with so many A records; its id, when all of them are answered."""
        self.run("account", "quota", ACCOUNT, "MAX_RRSETS_BY_ZONE", str(records + 1000))
        client = self.recorder.client("route53")
        zone: str = client.create_hosted_zone(Name=ORIGIN, CallerReference=f"bench-{records}")[
            "HostedZone"
        ]["Id"]
        connection = Connection(self.api)
        for first in range(0, records, BATCH):
            changes = [
                {**upsert(owner(each), address_of(each)), "Action": "CREATE"}
                for each in range(first, min(first + BATCH, records))
            ]
            connection.exchange(self.change(zone, changes))
        connection.close()
        last = client.change_resource_record_sets(
            HostedZoneId=zone, ChangeBatch={"Changes": [upsert(f"last.{ORIGIN}", "10.0.0.1")]}
        )["ChangeInfo"]
        while last["Status"] != "INSYNC":
            time.sleep(0.05)
            last = client.get_change(Id=last["Id"])["ChangeInfo"]
        return zone

    def change(self, zone: str, changes: list[dict[str, Any]]) -> bytes:
        """A recorded ChangeResourceRecordSets."""
        return self.recorder.record(
            "route53",
            "change_resource_record_sets",
            HostedZoneId=zone,
            ChangeBatch={"Changes": changes},
        )

    def _status(self) -> Any:
        command = (*FORECOURT, "status", "--json", "--data", str(self.data))
        said = subprocess.run(
            command, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ).stdout
        return json.loads(said or '{"ready": false}')
