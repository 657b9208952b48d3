"""All fuzz targets, or those named, each in a process of its own for a bounded time.

    python -m fuzz.run --seconds 30 [--jobs 2] [NAME ...]
    python -m fuzz.run --replay FILE NAME     # one input again, without atheris

An input that breaks a target is kept in .fuzz/.  Without atheris the same targets are driven by
plain mutation, which finds less.
"""

from __future__ import annotations

import importlib
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import click

ROOT = Path(__file__).parent.parent
FOUND = ROOT / ".fuzz"
TARGETS = (
    "dns_datagram", "dns_stream", "sigv4", "chunks", "query", "ec2", "json", "rest_json",
    "rest_xml", "cbor", "rdata", "names", "zone_files", "probe_responses", "traffic_documents", "smtp",
    "smtp_replies", "imap", "pop3", "mime",
)  # fmt: skip
# What atheris watches to tell one path from another, where it is more than our own code.
WATCHED = {"zone_files": ["forecourt", "dns"], "rdata": ["forecourt", "dns.rdtypes"]}
LONGEST_INPUT = 4096
LONGEST_RUN = 5  # seconds one input may take
MOST_MEMORY = 1024  # megabytes
DONE = re.compile(r"DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)")
EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)|^executed (\d+)$", re.MULTILINE)
TRACE = re.compile(r"^Traceback.*?^[A-Za-z][\w.]*(?:: .*?)?$", re.MULTILINE | re.DOTALL)
KEPT = re.compile(r"Test unit written to (\S+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    executions: int
    covered: str
    corpus: str
    seconds: float
    kept: str  # the file of the input that broke it; empty: none did
    trace: str

    @property
    def broken(self) -> bool:
        return bool(self.kept or self.trace)


@click.command()
@click.option("--seconds", default=30, show_default=True, help="For each target.")
@click.option("--jobs", default=2, show_default=True, help="How many at a time.")
@click.option("--replay", type=click.Path(exists=True, dir_okay=False), help="One input again.")
@click.option("--child", is_flag=True, hidden=True)
@click.argument("names", nargs=-1, type=click.Choice(TARGETS))
def main(seconds: int, jobs: int, replay: str | None, child: bool, names: tuple[str, ...]) -> None:
    if replay:
        for name in names:
            target(name).check(Path(replay).read_bytes())
    elif child:
        fuzz(names[0], seconds)
    else:
        sys.exit(run_all(names or TARGETS, seconds, jobs))


def run_all(names: Iterable[str], seconds: int, jobs: int) -> int:
    """Run, print the table, and say how many broke."""
    row = "{:<14} {:>11} {:>9} {:>7} {:>7}  {}"
    click.echo(row.format("target", "executions", "coverage", "corpus", "seconds", "result"))
    outcomes = []
    with ThreadPoolExecutor(jobs) as pool:
        for each in pool.map(lambda name: run(name, seconds), names):
            outcomes.append(each)
            result = f"BROKEN {each.kept}" if each.broken else "ok"
            shown = (each.name, each.executions, each.covered, each.corpus, f"{each.seconds:.0f}")
            click.echo(row.format(*shown, result))
    for each in outcomes:
        if each.broken:
            click.echo(f"\n{each.name}: {each.kept}\n{each.trace}")
    return sum(each.broken for each in outcomes)


def run(name: str, seconds: int) -> Outcome:
    FOUND.mkdir(exist_ok=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "fuzz.run", "--child", "--seconds", str(seconds), name]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
    )
    text = ended.stdout + ended.stderr
    done, kept = DONE.search(text), KEPT.search(text)
    return Outcome(
        name,
        sum(int(a or b) for a, b in EXECUTED.findall(text)),
        done[1] if done else "-",
        done[3] if done else "-",
        time.monotonic() - started,
        kept[1] if kept else "",
        trace_of(text) if ended.returncode else "",
    )


def trace_of(text: str) -> str:
    """The exception's, or the end of what was said where there is none."""
    found = TRACE.search(text)
    return found[0] if found else text[-2000:]


# In the child


def target(name: str) -> ModuleType:
    return importlib.import_module(f"fuzz.targets.{name}")


def fuzz(name: str, seconds: int) -> None:
    try:
        import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        mutate(name, seconds)
        return
    with atheris.instrument_imports(include=WATCHED.get(name, ["forecourt"])):
        module = target(name)
    with tempfile.TemporaryDirectory() as directory:
        corpus = Path(directory, "corpus")
        corpus.mkdir()
        for at, seed in enumerate(module.seeds()):
            (corpus / str(at)).write_bytes(seed)
        words = Path(directory, "words")
        words.write_text("".join(f'"{escaped(token)}"\n' for token in module.TOKENS))
        options = [
            f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}", f"-timeout={LONGEST_RUN}",
            f"-rss_limit_mb={MOST_MEMORY}", f"-artifact_prefix={FOUND}/{name}-", f"-dict={words}",
            "-print_final_stats=1", "-len_control=20", str(corpus),
        ]  # fmt: skip
        atheris.Setup([name, *options], module.check)
        atheris.Fuzz()


def escaped(token: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in token)


def mutate(name: str, seconds: int) -> None:
    """Without atheris: seeds cut, joined and changed at random, from the same start every time."""
    module, dice, count = target(name), random.Random(name), 0
    check: Callable[[bytes], None] = module.check
    seeds = list(module.seeds())
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(dice, seeds, module.TOKENS)[:LONGEST_INPUT]
        started = time.monotonic()
        try:
            check(data)
            if time.monotonic() - started > LONGEST_RUN:
                raise TimeoutError(name)
        except Exception:
            path = FOUND / f"{name}-{count}"
            path.write_bytes(data)
            click.echo(f"Test unit written to {path}")
            raise
        count += 1
    click.echo(f"executed {count}")


def mutated(dice: random.Random, seeds: list[bytes], tokens: tuple[bytes, ...]) -> bytes:
    data = bytearray(dice.choice(seeds))
    for _ in range(dice.randint(0, 8)):
        at = dice.randint(0, len(data))
        match dice.randrange(5):
            case 0:
                data[at : at + 1] = dice.randbytes(1)
            case 1:
                del data[at : at + dice.randint(1, 8)]
            case 2:
                data[at:at] = dice.choice(tokens or (b"\0",))
            case 3:
                data[at:] = dice.choice(seeds)[dice.randint(0, len(data)) :]
            case 4:
                data[at:at] = data[at : at + dice.randint(1, 32)] * dice.randint(1, 20)
    return bytes(data)


if __name__ == "__main__":
    main()
