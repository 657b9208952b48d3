"""forecourt resolve: whether this machine's own names are asked of the instance's resolver.

systemd-resolved takes a file of settings of its own, macOS one for each domain
(/etc/resolver, resolver(5)); elsewhere /etc/resolv.conf is kept beside and replaced.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from .common import data_option, fail, json_option, print_json, running

MARK = "# Written by forecourt resolve install; forecourt resolve uninstall takes it back."
RESOLVED, DROP_IN = "run/systemd/resolve", "etc/systemd/resolved.conf.d/forecourt.conf"
RESOLVER = "etc/resolver"
PLAIN, KEPT = "etc/resolv.conf", "etc/resolv.conf.before-forecourt"
STANDARD = 53

DOMAIN = re.compile(r"([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\Z")

root_option = click.option(
    "--root", type=click.Path(path_type=Path, file_okay=False), default="/", show_default=True,
    help="The file system to change; where it is another one, nothing is restarted.",
)  # fmt: skip


@click.group("resolve")
def command() -> None:
    """Have this machine ask the instance's resolver.

    \b
    forecourt resolve install --domain test --domain co.kr
    forecourt resolve uninstall
    """


@command.command("install")
@click.option("--domain", "domains", multiple=True, help="Ask it for names below this one alone.")
@root_option
@data_option
@json_option
def install(domains: tuple[str, ...], root: Path, data: Path, as_json: bool) -> None:
    """Tell the system to use the instance's resolver.

    It knows the local internet and no other: without --domain, names of the world outside are not
    found until `uninstall`.
    """
    found = {each["name"]: each for each in running(data)["listeners"]}
    if "resolver" not in found:
        fail("this instance has no resolver")
    where = found["resolver"]["address"], found["resolver"]["port"]
    names = [each.strip(".").lower() for each in domains]
    for each in names:
        if not DOMAIN.match(each):
            fail(f"{each or '.'} is not a domain")
    try:
        told = written(root, where, names, macos=sys.platform == "darwin")
    except PermissionError as denied:
        fail(f"{denied.filename} may not be written: run this as root")
    restart(root)
    if as_json:
        print_json({"address": where[0], "port": where[1], "domains": names})
    else:
        click.echo(told)


@command.command("uninstall")
@root_option
@json_option
def uninstall(root: Path, as_json: bool) -> None:
    """Take back what `install` did."""
    try:
        gone = taken_back(root)
    except PermissionError as denied:
        fail(f"{denied.filename} may not be written: run this as root")
    if not gone:
        fail("nothing was installed")
    restart(root)
    if as_json:
        print_json([str(each) for each in gone])
        return
    for each in gone:
        click.echo(f"{each} is as it was.")


def written(
    root: Path, where: tuple[str, int], domains: Sequence[str], *, macos: bool = False
) -> str:
    """Change what this system reads; what to say of it."""
    address, port = where
    if macos:
        if not domains:
            fail("on macOS resolvers are told by domain: say --domain")
        taken = [each for each in domains if is_of_others(root / RESOLVER / each)]
        if taken:
            fail(f"/{RESOLVER}/{taken[0]} is there and not ours")
        for domain in domains:
            put(root / RESOLVER / domain, f"nameserver {address}\nport {port}\n")
        return f"{', '.join(domains)}: asked of {address}."
    if (root / RESOLVED).is_dir():
        routed = " ".join(f"~{each}" for each in domains) or "~."
        shown = f"[{address}]" if ":" in address else address
        put(root / DROP_IN, f"[Resolve]\nDNS={shown}:{port}\nDomains={routed}\n")
        return f"systemd-resolved asks {address}:{port} for {routed}."
    if domains:
        fail("without systemd-resolved all names are asked of one resolver: leave --domain out")
    if port != STANDARD:
        fail(f"/etc/resolv.conf names no ports, and the resolver is on {port}")
    plain, kept = root / PLAIN, root / KEPT
    if is_of_others(plain):
        keep(plain, kept)
    put(plain, f"nameserver {address}\n")
    was = f"what it was is in /{KEPT}" if kept.is_symlink() or kept.exists() else "it was not there"
    return f"/etc/resolv.conf names {address}; {was}."


def taken_back(root: Path) -> list[Path]:
    """Restore what was there; which files."""
    files = [root / DROP_IN, *sorted((root / RESOLVER).glob("*"))]
    gone = [each for each in files if each.is_file() and each.read_text().startswith(MARK)]
    for each in gone:
        each.unlink()
    plain, kept = root / PLAIN, root / KEPT
    if is_of_others(plain):  # somebody else has written it since
        kept.unlink(missing_ok=True)
    elif kept.is_symlink():
        plain.unlink(missing_ok=True)
        kept.rename(plain)
        gone.append(plain)
    elif kept.exists():
        plain.write_text(kept.read_text())
        kept.unlink()
        gone.append(plain)
    elif plain.exists():  # it was not there before
        plain.unlink()
        gone.append(plain)
    return gone


def is_of_others(path: Path) -> bool:
    """Whether a file is there that we did not write."""
    return path.is_symlink() or (path.exists() and not path.read_text().startswith(MARK))


def keep(plain: Path, kept: Path) -> None:
    """Keep a file, or the link that stands for it, beside."""
    kept.unlink(missing_ok=True)
    if plain.is_symlink():
        plain.rename(kept)
    else:
        kept.write_text(plain.read_text())


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{MARK}\n{text}")
    path.chmod(0o644)


def restart(root: Path) -> None:
    """Have systemd-resolved read its settings anew."""
    if root == Path("/") and (root / RESOLVED).is_dir():
        subprocess.run(["systemctl", "restart", "systemd-resolved"], check=False, timeout=30)
