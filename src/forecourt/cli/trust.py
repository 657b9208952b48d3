"""forecourt trust: whether this machine's programs believe the instance's root.

The system's store (Debian's, Red Hat's, macOS's), and NSS's for browsers, where certutil is there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from .common import data_option, fail, json_option, print_json

DEBIAN = "usr/local/share/ca-certificates", "forecourt.crt", ("update-ca-certificates",)
RED_HAT = "etc/pki/ca-trust/source/anchors", "forecourt.pem", ("update-ca-trust", "extract")
NICKNAME = "Forecourt local root"
MACOS_KEYCHAIN = "/Library/Keychains/System.keychain"
LASTS = 60  # seconds a program may take

root_option = click.option(
    "--root", type=click.Path(path_type=Path, file_okay=False), default="/", show_default=True,
    help="The file system to change; where it is another one, no program is run.",
)  # fmt: skip


@click.group("trust")
def command() -> None:
    """Have this machine trust the instance's root certificate.

    \b
    forecourt trust install
    forecourt trust export > root.pem
    """


@command.command("install")
@root_option
@data_option
@json_option
def install(root: Path, data: Path, as_json: bool) -> None:
    """Put the root into the system's store, and browsers'."""
    pem = root_pem(data)
    done: list[str] = []
    try:
        for path, update in system_stores(root):
            path.write_text(pem)
            path.chmod(0o644)
            refresh(root, update)
            done.append(str(path))
    except PermissionError as denied:
        fail(f"{denied.filename} may not be written: run this as root")
    if sys.platform == "darwin" and root == Path("/"):
        security(
            "add-trusted-cert",
            "-d",
            "-r",
            "trustRoot",
            "-k",
            MACOS_KEYCHAIN,
            data / "tls" / "root.pem",
        )
        done.append(MACOS_KEYCHAIN)
    for store in nss_stores(root):
        certutil(store, "-A", "-t", "C,,", "-n", NICKNAME, "-i", str(data / "tls" / "root.pem"))
        done.append(str(store))
    told(done, as_json, "trusts the root now")
    if not as_json:
        click.echo(f"Python and AWS's tools: export REQUESTS_CA_BUNDLE={data / 'tls' / 'root.pem'}")
        click.echo(f"                        export AWS_CA_BUNDLE={data / 'tls' / 'root.pem'}")


@command.command("uninstall")
@root_option
@data_option
@json_option
def uninstall(root: Path, data: Path, as_json: bool) -> None:
    """Take the root out again."""
    gone: list[str] = []
    try:
        for path, update in system_stores(root):
            if path.exists():
                path.unlink()
                refresh(root, update)
                gone.append(str(path))
    except PermissionError as denied:
        fail(f"{denied.filename} may not be removed: run this as root")
    if sys.platform == "darwin" and root == Path("/"):
        security("delete-certificate", "-c", NICKNAME, MACOS_KEYCHAIN)
        gone.append(MACOS_KEYCHAIN)
    for store in nss_stores(root):
        if is_in(store):
            certutil(store, "-D", "-n", NICKNAME)
            gone.append(str(store))
    told(gone, as_json, "trusts it no more")


@command.command("status")
@root_option
@data_option
@json_option
def status(root: Path, data: Path, as_json: bool) -> None:
    """Say which stores trust the instance's root."""
    pem = root_pem(data)
    found: list[dict[str, Any]] = [
        {"store": str(path), "trusted": path.exists() and path.read_text() == pem}
        for path, _ in system_stores(root)
    ]
    found += [{"store": str(each), "trusted": is_in(each)} for each in nss_stores(root)]
    if as_json:
        print_json(found)
        return
    for each in found:
        click.echo(f"{each['store']}: {'trusts it' if each['trusted'] else 'does not trust it'}")


@command.command("export")
@data_option
@json_option
def export(data: Path, as_json: bool) -> None:
    """Print the root as PEM."""
    pem = root_pem(data)
    if as_json:
        print_json({"certificate": pem})
    else:
        click.echo(pem, nl=False)


def root_pem(data: Path) -> str:
    try:
        return (data / "tls" / "root.pem").read_text()
    except FileNotFoundError:
        fail(f"{data} holds no instance; start one with `forecourt up`", 3)


def system_stores(root: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Where the root's file goes, and what has to be run then."""
    for folder, name, update in (DEBIAN, RED_HAT):
        if (root / folder).is_dir():
            yield root / folder / name, update


def nss_stores(root: Path) -> list[Path]:
    """Chromium's store and Firefox's profiles of this user."""
    if root != Path("/") or shutil.which("certutil") is None:
        return []
    home = Path.home()
    known = [home / ".pki" / "nssdb", *home.glob(".mozilla/firefox/*")]
    return [each for each in known if (each / "cert9.db").exists()]


def refresh(root: Path, update: tuple[str, ...]) -> None:
    if root != Path("/"):
        return
    program = shutil.which(update[0]) or shutil.which(update[0], path="/usr/sbin")
    if program is None:
        fail(f"{update[0]} is not here, which this system's store needs")
    subprocess.run([program, *update[1:]], check=True, timeout=LASTS, capture_output=True)


def certutil(store: Path, *words: str) -> None:
    command = ["certutil", "-d", f"sql:{store}", *words]
    subprocess.run(command, check=True, timeout=LASTS, capture_output=True)


def is_in(store: Path) -> bool:
    command = ["certutil", "-d", f"sql:{store}", "-L", "-n", NICKNAME]
    found = subprocess.run(command, check=False, timeout=LASTS, capture_output=True)
    return found.returncode == 0


def security(*words: Any) -> None:
    subprocess.run(["security", *map(str, words)], check=True, timeout=LASTS, capture_output=True)


def told(stores: list[str], as_json: bool, words: str) -> None:
    if as_json:
        print_json(stores)
        return
    if not stores:
        fail("there is no store that could be changed")
    for each in stores:
        click.echo(f"{each} {words}.")
