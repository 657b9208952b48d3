"""Writes that tests of the store make, here and in other processes.

python -m tests.store.writing DATA PREFIX COUNT     writes rows one by one, and names each when it is kept
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from forecourt.store.opening import open_store
from forecourt.store.tx import Tx

ROOT = Path(__file__).parents[2]


def insert(tx: Tx, name: str) -> str:
    tx.run("INSERT INTO setting (name, value) VALUES (:name, 'x')", name=name)
    return name


def names(tx: Tx) -> set[str]:
    return {name for (name,) in tx.all("SELECT name FROM setting")}


def start(data: Path, prefix: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.writing", str(data), prefix, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def main(data: str, prefix: str, count: str) -> None:
    store = open_store(Path(data), "sqlite", bytes(32))
    for number in range(int(count)):
        name = store.write_now(insert, f"{prefix}{number}")
        sys.stdout.write(f"{name}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
