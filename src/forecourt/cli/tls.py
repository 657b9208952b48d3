"""forecourt tls: a server's handshake and certificate, step by step."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .common import console, data_option, fail, json_option, print_json

if TYPE_CHECKING:
    from cryptography import x509

    from forecourt.planes.tls.inspecting import Step


@click.command("tls")
@click.argument("server", metavar="HOST[:PORT]", required=False)
@click.option(
    "--connect", metavar="ADDRESS[:PORT]", help="Connect there, whatever the host's address."
)
@click.option(
    "--ca",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Trust the roots in this file (PEM), too.",
)
@click.option("--lesson", is_flag=True, help="Show what signatures and key exchanges are for.")
@data_option
@json_option
def command(
    server: str | None,
    connect: str | None,
    ca: Path | None,
    lesson: bool,
    data: Path,
    as_json: bool,
) -> None:
    """Tell what a TLS server says, and what its certificate is worth.

    Trusted are the system's roots and the instance's.  Exit status 1 when something is wrong.

    \b
    forecourt tls www.jpub.co.kr
    forecourt tls www.jpub.co.kr --connect 127.53.0.9:443
    forecourt tls --lesson
    """
    from forecourt.planes.tls.inspecting import CannotConnect, Target, inspect
    from forecourt.planes.tls.lesson import steps as taught

    steps: list[Step] = []
    if server is not None:
        host, port = split(server, 443)
        address, port = split(connect, port) if connect else ("", port)
        target = Target(host, port, address, elsewhere(data))
        try:
            steps += inspect(target, roots(data, ca))
        except CannotConnect as failed:
            fail(str(failed))
    elif not lesson:
        raise click.UsageError("say which server, or --lesson")
    if lesson:
        steps += taught()
    if as_json:
        print_json([{"name": e.name, "ok": e.ok, "told": e.told} for e in steps])
    else:
        show(steps)
    if not all(each.ok or each.name == "Key exchange" for each in steps):
        raise SystemExit(1)


def show(steps: list[Step]) -> None:
    from rich.markup import escape

    screen = console()
    for each in steps:
        mark = "[green]✓[/]" if each.ok else "[red]✗[/]"
        screen.print(f" {mark} [bold]{escape(each.name)}[/]")
        for line in each.told:
            screen.print(f"     {escape(line)}")


def split(text: str, port: int) -> tuple[str, int]:
    """A host and its port."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        given = rest.removeprefix(":")
    else:
        host, given = text, ""
        if text.count(":") == 1:
            host, _, given = text.partition(":")
    if given and not (given.isdecimal() and 0 < int(given) < 65536):
        raise click.BadParameter(f"{given} is no port")
    return host, int(given) if given else port


def roots(data: Path, ca: Path | None) -> list[x509.Certificate]:
    """The instance's root, those of a file, and the system's that can be read."""
    import ssl
    import warnings

    from cryptography import x509

    found: list[x509.Certificate] = []
    if ca is not None:
        try:
            found += x509.load_pem_x509_certificates(ca.read_bytes())
        except ValueError:
            fail(f"{ca} holds no certificates")
    ours = data / "tls" / "root.pem"
    if ours.exists():
        found.append(x509.load_pem_x509_certificate(ours.read_bytes()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of some old roots' serial numbers
        for each in ssl.create_default_context().get_ca_certs(binary_form=True):
            with contextlib.suppress(ValueError):
                found.append(x509.load_der_x509_certificate(each))
    return found


def elsewhere(data: Path) -> dict[str, str]:
    """Where the instance's public side is, whether or not this machine resolves its name."""
    from forecourt import config
    from forecourt.app import CONFIG, hostport, read_status

    listeners = read_status(data).get("listeners", [])
    public = next((each for each in listeners if each["name"] == "public"), None)
    if public is None:
        return {}
    settings = config.load((data / "run" / CONFIG).read_text())
    return {f"pki.{settings.domain}": hostport(public["address"], public["port"])}
