"""Everything that can be set, as one frozen tree: read once, passed in, never looked up again.

Options come from the command line, `forecourt.toml` in the data directory adds what has no option.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tomllib
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, ip_address, ip_network
from pathlib import Path
from typing import Any

ROLES = ("gateway", "dns", "streams", "resolver", "mail", "cache", "terminator", "control")

# https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
CHECKER_REGIONS = (
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "sa-east-1",
)

# What a value of a field of this type must be; the others are checked by themselves.
KINDS: dict[str, Any] = {
    "str": str,
    "int": int,
    "bool": bool,
    "float": float | int,
    "str | None": str | None,
    "tuple[str, ...]": tuple,
    "Mapping[str, float]": Mapping,
    "Mapping[str, str]": Mapping,
}


REAL_ROOT = "root"
OUTBOUND = ("capture", "direct", "smarthost", "held")


class BadConfig(Exception):
    """A setting that cannot be; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Dns:
    processes: int = 2
    rate: int = 1000  # responses a second to one address without a cookie; 0: no limit
    slip: int = 2  # one in this many above the rate is answered, truncated
    exempt: tuple[str, ...] = ("127.", "::1")  # client addresses not limited, by their start
    nsid: str = ""  # RFC 5001; empty: none
    encrypted: bool = True  # whether name servers also listen for TLS (853) and HTTPS (443)
    resolver_cache: int = 64 * 1024 * 1024  # bytes of answers that the resolver remembers
    # Who is asked for names that the local internet has not: resolvers (address, or address:port), or
    # "root", for the real one; none: nobody.
    upstream: tuple[str, ...] = ()
    country_data: str = ""  # a MaxMind DB file in place of the one that is shipped

    @property
    def resolvers(self) -> tuple[tuple[str, int], ...]:
        return tuple(host_and_port(each) for each in self.upstream if each != REAL_ROOT)


@dataclass(frozen=True, slots=True)
class Gateway:
    throttle: Mapping[str, float] = field(default_factory=dict)  # requests a second, by service
    hosts: tuple[str, ...] = ()  # further names under which /_forecourt may be asked
    public: str = ""  # the URL of the public side, where it is not http://<bind>:<port>
    # Whether AWS's own names (sns.us-east-1.amazonaws.com) lead here, for those who ask our resolver and
    # trust our root: then no endpoint needs to be set, and SNS's URLs have the host that validators want.
    aws_names: bool = False


@dataclass(frozen=True, slots=True)
class Probes:
    regions: tuple[str, ...] = ("us-east-1",)  # that this node's checkers stand for, one each
    connections: int = 1000  # at once


@dataclass(frozen=True, slots=True)
class Transfers:
    keys: Mapping[str, str] = field(default_factory=dict)  # TSIG secrets in base64, by their names
    notify: tuple[str, ...] = ()  # secondaries that are told of changes: address, or address:port

    @property
    def secondaries(self) -> tuple[tuple[str, int], ...]:
        return tuple(host_and_port(each) for each in self.notify)


def host_and_port(text: str) -> tuple[str, int]:
    """An address with the port of DNS where none is given.  ValueError."""
    address, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "53")
    if text.startswith("["):
        address, _, port = text[1:].partition("]")
        port = port.removeprefix(":") or "53"
    ip_address(address)
    if not 0 < int(port) < 65536:
        raise ValueError(port)
    return address, int(port)


@dataclass(frozen=True, slots=True)
class Traces:
    endpoint: str = ""  # where OTLP over HTTP is taken, as http://127.0.0.1:4318/v1/traces
    sample: float = (
        1.0  # of the requests that come without a sampled parent, the part that is traced
    )


@dataclass(frozen=True, slots=True)
class Acm:
    public_days: int = 198  # of validity
    private_days: int = 395
    public_renewal: int = 45  # days before the end
    private_renewal: int = 60


@dataclass(frozen=True, slots=True)
class Mail:
    # Where mail goes whose domain the local internet has not: nowhere but the sink ("capture"), to its
    # MX ("direct"), to another server ("smarthost"), or no mail goes anywhere until it is retried ("held").
    outbound: str = "capture"
    smarthost: str = ""  # host or host:port
    smarthost_user: str = ""
    smarthost_password: str = ""  # a file that has it
    smarthost_tls: bool = True  # whether its certificate must be good
    host: str = ""  # what the server calls itself; empty: mail.<domain>
    size: int = 40 * 1024 * 1024  # bytes of a message
    recipients: int = 100  # of a message
    connections: int = 2000  # at once
    per_client: int = 100  # of them; loopback is not counted
    cleartext: bool = False  # whether passwords are taken without TLS
    dmarc: str = "enforce"  # or "report": mail that fails is only marked

    @property
    def relay(self) -> tuple[str, int]:
        host, colon, port = self.smarthost.rpartition(":")
        return (host, int(port)) if colon else (port, 587)


@dataclass(frozen=True, slots=True)
class Ses:
    sandbox: bool = True  # accounts send to what they verified alone, until they ask for more
    rspamd: str = ""  # HOST:PORT or a socket's path; asked of mail whose rules want a scan
    clamd: str = ""
    events: str = ""  # a URL that gets what EventBridge and Firehose would, beside the files


@dataclass(frozen=True, slots=True)
class Cache:
    scale: float = 1 / 16  # of a node's memory, against AWS's node types
    memory: int = 0  # bytes that all nodes may have together; 0: four fifths of the machine's


@dataclass(frozen=True, slots=True)
class Config:
    data: Path
    bind: str = "127.0.0.1"
    network: str = "127.53.0.0/16"
    domain: str = "forecourt.cloud"  # under which the names hang that we make up
    store: str = "sqlite"
    master_key: str | None = None  # a file, where several nodes share one
    roles: tuple[str, ...] = ROLES
    user: str = ""  # whom the roles run as when started as root; see processes/privileges.py
    testing: bool = False
    egress: tuple[str, ...] = ()  # networks callers' connections may go to, beside private ones
    dns: Dns = Dns()
    gateway: Gateway = field(default_factory=Gateway)
    probes: Probes = Probes()
    transfers: Transfers = field(default_factory=Transfers)
    traces: Traces = Traces()
    acm: Acm = Acm()
    mail: Mail = Mail()
    cache: Cache = Cache()
    ses: Ses = Ses()

    @property
    def reachable(self) -> str:
        """Where this machine reaches what listens on `bind`."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)

    @property
    def mail_host(self) -> str:
        return self.mail.host or f"mail.{self.domain}"

    @property
    def addresses(self) -> IPv4Network:
        return IPv4Network(self.network)

    def dump(self) -> str:
        """As text for a child process."""
        return json.dumps(dataclasses.asdict(self) | {"data": str(self.data)})


def load(text: str) -> Config:
    """What `dump` wrote."""
    given = json.loads(text)
    return build(given)


def build(given: Mapping[str, Any]) -> Config:
    """A Config out of plain values.  BadConfig."""
    parts: dict[str, Any] = dict(given)
    parts["data"] = Path(parts["data"]).absolute()
    parts["dns"] = section(Dns, "dns", parts.get("dns", {}))
    parts["gateway"] = section(Gateway, "gateway", parts.get("gateway", {}))
    parts["probes"] = section(Probes, "probes", parts.get("probes", {}))
    parts["transfers"] = section(Transfers, "transfers", parts.get("transfers", {}))
    parts["traces"] = section(Traces, "traces", parts.get("traces", {}))
    parts["acm"] = section(Acm, "acm", parts.get("acm", {}))
    parts["ses"] = section(Ses, "ses", parts.get("ses", {}))
    parts["mail"] = section(Mail, "mail", parts.get("mail", {}))
    parts["cache"] = section(Cache, "cache", parts.get("cache", {}))
    config: Config = section(Config, "", parts)
    check(config)
    return config


def read(data: Path, **options: Any) -> Config:
    """The configuration of a data directory, with the options given on the command line."""
    parts: dict[str, Any] = {}
    path = data / "forecourt.toml"
    try:
        parts = tomllib.loads(path.read_text())
    except FileNotFoundError:
        parts = {}
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path} cannot be read: {error}") from None
    return build({**parts, **{k: v for k, v in options.items() if v is not None}, "data": data})


def section(kind: Any, name: str, given: Mapping[str, Any]) -> Any:
    if not isinstance(given, Mapping):
        raise BadConfig(f"[{name}] must be a table")
    known = {f.name: f for f in dataclasses.fields(kind)}
    if unknown := given.keys() - known.keys():
        where = f"[{name}] " if name else ""
        raise BadConfig(f"{where}{', '.join(sorted(unknown))}: there is no such setting")
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    for key, value in values.items():
        wanted = KINDS.get(str(known[key].type))
        fits = wanted is None or isinstance(value, wanted)
        if wanted is int and isinstance(value, bool):
            fits = False
        if isinstance(value, tuple) and not all(isinstance(each, str) for each in value):
            fits = False
        if not fits:
            raise BadConfig(f"{f'[{name}] ' if name else ''}{key} cannot be {value!r}")
    return kind(**values)


def check(config: Config) -> None:
    try:
        ip_address(config.bind)
    except ValueError:
        raise BadConfig(f"--bind {config.bind} is not an IP address") from None
    try:
        network = IPv4Network(config.network)
    except ValueError as error:
        raise BadConfig(f"--network {config.network} is not an IPv4 network: {error}") from None
    if network.prefixlen > 20:
        raise BadConfig(f"--network {config.network} is too small; give it at least a /20")
    for allowed in config.egress:
        try:
            ip_network(allowed)
        except ValueError:
            raise BadConfig(f"egress: {allowed} is not a network") from None
    if unknown := set(config.roles) - set(ROLES):
        raise BadConfig(
            f"--roles {','.join(sorted(unknown))}: there is no such role; there are"
            f" {', '.join(ROLES)}"
        )
    if config.dns.rate < 0 or config.dns.slip < 0:
        raise BadConfig("[dns] rate and slip cannot be negative")
    if any(
        not isinstance(rate, int | float) or rate < 0 for rate in config.gateway.throttle.values()
    ):
        raise BadConfig("[gateway] throttle: rates are requests a second")
    if not 0 <= config.traces.sample <= 1:
        raise BadConfig("[traces] sample is a part of one, between 0 and 1")
    if config.traces.endpoint and not config.traces.endpoint.startswith(("http://", "https://")):
        raise BadConfig("[traces] endpoint must be a URL of http or https")
    if not config.probes.regions or set(config.probes.regions) - set(CHECKER_REGIONS):
        raise BadConfig(f"[probes] regions must be some of {', '.join(CHECKER_REGIONS)}")
    for name, secret in config.transfers.keys.items():
        try:
            good = isinstance(secret, str) and len(b64decode(secret, validate=True)) >= 16
        except ValueError:
            good = False
        if not good:
            raise BadConfig(f"[transfers] keys: {name} must be 16 bytes or more in base64")
    try:
        _ = config.dns.resolvers
    except ValueError:
        raise BadConfig("[dns] upstream: each is an address, or address:port") from None
    if REAL_ROOT in config.dns.upstream and len(config.dns.upstream) > 1:
        raise BadConfig('[dns] upstream is either "root" or addresses')
    try:
        _ = config.transfers.secondaries
    except ValueError:
        raise BadConfig("[transfers] notify: each is an address, or address:port") from None
    check_mail(config.mail)
    if not 0 < config.cache.scale <= 1 or config.cache.memory < 0:
        raise BadConfig("[cache] scale is above 0 and at most 1, memory in bytes")
    if not 1 <= config.probes.connections <= 100_000:
        raise BadConfig("[probes] connections must be between 1 and 100000")
    if not 1 <= config.dns.processes <= 64:
        raise BadConfig("[dns] processes must be between 1 and 64")


def check_mail(mail: Mail) -> None:
    if mail.outbound not in OUTBOUND:
        raise BadConfig(f"[mail] outbound must be one of {', '.join(OUTBOUND)}")
    if mail.dmarc not in ("enforce", "report"):
        raise BadConfig("[mail] dmarc must be enforce or report")
    try:
        host, port = mail.relay
    except ValueError:
        host, port = "", 0
    if mail.outbound == "smarthost" and not (host and 0 < port < 65536):
        raise BadConfig("[mail] smarthost must be a host, or host:port")
    if not 1024 <= mail.size <= 1024**3 or not 1 <= mail.recipients <= 50_000:
        raise BadConfig("[mail] size is 1024 to 1073741824 bytes, recipients 1 to 50000")
    if not 1 <= mail.connections <= 100_000 or mail.per_client < 1:
        raise BadConfig("[mail] connections is 1 to 100000, per_client 1 or more")


def default_data() -> Path:
    """FORECOURT_DATA, or the user's own directory for program data."""
    if given := os.environ.get("FORECOURT_DATA"):
        return Path(given)
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(base) / "forecourt"
