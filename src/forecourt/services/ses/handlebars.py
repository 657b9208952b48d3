"""Templates in the part of Handlebars that SES has: values, each, if, unless, with, else and inline partials.

    template = parse("Dear {{name}}{{#each pets}}, {{this}}{{/each}}")      # BadTemplate
    render(template, {"name": "Ann", "pets": ["Tom"]})                      # Missing

Nothing is escaped.  What is not in the data is an error, but where a block asks whether it is there.
https://docs.aws.amazon.com/ses/latest/dg/send-personalized-email-advanced.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

KEPT = "ses:openTracker"  # what is not ours to fill in
NAME = re.compile(r"(?:\.\./)*(?:this|@root|@?[^\s{}()\"'=/.|]+)(?:[./][^\s{}()\"'=/.|]+)*\Z|\.\Z")
BLOCKS = ("each", "if", "unless", "with")
LARGEST = 500 * 1024  # bytes of a template: https://docs.aws.amazon.com/ses/latest/dg/quotas.html
LARGEST_RESULT = 10 * 1024 * 1024  # characters of what is rendered
DEEPEST, MOST = 32, 100_000  # blocks in one another; steps


class BadTemplate(Exception):
    """What is no template; the text says why."""


class Missing(Exception):
    """An attribute that the data have not; the text is its name."""


class TooLarge(Exception):
    """What is rendered grows without end."""


@dataclass(slots=True)
class Block:
    """Some text and tags; or a tag with what it holds."""

    kind: str  # text, value, each, if, unless, with, partial, define
    text: str = ""
    inside: list[Block] = field(default_factory=list)
    otherwise: list[Block] = field(default_factory=list)


def parse(source: str) -> list[Block]:
    """BadTemplate."""
    if len(source.encode()) > LARGEST:
        raise BadTemplate("The template is too large.")
    top: list[Block] = []
    open_: list[tuple[Block, list[Block]]] = []
    current, trim = top, False
    for text, tag, before, after in pieces_of(source):
        text = text.lstrip() if trim else text
        text = text.rstrip() if before else text
        if text:
            current.append(Block("text", text))
        trim = after
        if tag == KEPT:
            current.append(Block("text", f"{{{{{tag}}}}}"))
        elif tag:
            current = take(tag, current, open_, top)
        if len(open_) > DEEPEST:
            raise BadTemplate("Blocks are nested too deeply.")
    if open_:
        raise BadTemplate(f"The block {open_[-1][0].kind} is not closed.")
    return top


def pieces_of(source: str) -> Iterator[tuple[str, str, bool, bool]]:
    """Text, and the tag after it; whether white space before and after the tag goes.  BadTemplate."""
    at = 0
    while (start := source.find("{{", at)) >= 0:
        long = source.startswith(("{{!--", "{{~!--"), start)
        end = source.find("--" if long else "}}", start + (7 if long else 2))
        end = source.find("}}", end) if long and end >= 0 else end
        if end < 0:
            raise BadTemplate("A tag is not closed.")
        inner = source[start + 2 : end]
        end += 2
        if inner.startswith("{"):
            if not source.startswith("}", end):
                raise BadTemplate("A tag is not closed.")
            inner, end = inner[1:], end + 1
        before, after = inner.startswith("~"), inner.endswith("~")
        tag = inner.removeprefix("~").removesuffix("~").strip()
        if not tag:
            raise BadTemplate("A tag is empty.")
        yield source[at:start], "" if tag.startswith("!") else tag, before, after
        at = end
    yield source[at:], "", False, False


def take(
    tag: str, current: list[Block], open_: list[tuple[Block, list[Block]]], top: list[Block]
) -> list[Block]:
    """Where to go on after a tag."""
    if tag.startswith("#>") or tag.startswith("^") and tag != "^":
        raise BadTemplate(f"{{{{{tag}}}}} is not supported.")
    if tag.startswith("#*"):
        words = tag[2:].split(maxsplit=1)
        if len(words) != 2 or words[0] != "inline":
            raise BadTemplate(f"{{{{{tag}}}}} is not supported.")
        made = Block("define", words[1].strip("\"'"))
        current.append(made)
        open_.append((made, current))
        return made.inside
    if tag.startswith("#"):
        words = tag[1:].split(maxsplit=1)
        if len(words) != 2 or words[0] not in BLOCKS:
            raise BadTemplate(f"{{{{{tag}}}}} is not supported.")
        made = Block(words[0], named(words[1]))
        current.append(made)
        open_.append((made, current))
        return made.inside
    if tag.startswith("/"):
        wanted = tag[1:].strip()
        wanted = {"inline": "define"}.get(wanted, wanted)
        if not open_ or open_[-1][0].kind != wanted:
            raise BadTemplate(f"{{{{{tag}}}}} closes no block.")
        return open_.pop()[1]
    if tag in ("else", "^"):
        if not open_ or open_[-1][0].kind == "define" or current is open_[-1][0].otherwise:
            raise BadTemplate("{{else}} is in no block.")
        return open_[-1][0].otherwise
    if tag.startswith("else "):
        # {{else if x}} is a block in the other part, closed with the first.
        raise BadTemplate("{{else if}} is not supported: nest the blocks.")
    if tag.startswith(">"):
        current.append(Block("partial", tag[1:].strip().strip("\"'")))
    else:
        current.append(Block("value", named(tag.removeprefix("&").strip())))
    return current


def named(text: str) -> str:
    if NAME.match(text) is None:
        raise BadTemplate(f"{{{{{text}}}}} is not supported.")
    return text


@dataclass(slots=True)
class Frame:
    """Where a block is: the value it is about, and what it counts."""

    value: Any
    outer: Frame | None = None
    counted: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Run:
    root: Any
    partials: dict[str, list[Block]]
    out: list[str] = field(default_factory=list)
    size: int = 0
    steps: int = 0

    def write(self, text: str) -> None:
        self.size += len(text)
        if self.size > LARGEST_RESULT:
            raise TooLarge
        self.out.append(text)


def render(template: Sequence[Block], data: Mapping[str, Any]) -> str:
    """Missing, TooLarge."""
    run = Run(data, {})
    write(run, template, Frame(data), 0)
    return "".join(run.out)


def write(run: Run, blocks: Sequence[Block], frame: Frame, depth: int) -> None:
    if depth > DEEPEST:
        raise TooLarge
    for block in blocks:
        run.steps += 1
        if run.steps > MOST:
            raise TooLarge
        match block.kind:
            case "text":
                run.write(block.text)
            case "value":
                run.write(shown(look_up(run, block.text, frame)))
            case "define":
                run.partials[block.text] = block.inside
            case "partial":
                if block.text not in run.partials:
                    raise Missing(block.text)
                write(run, run.partials[block.text], frame, depth + 1)
            case "with":
                found = look_up(run, block.text, frame)
                if holds(found):
                    write(run, block.inside, Frame(found, frame), depth + 1)
                else:
                    write(run, block.otherwise, frame, depth + 1)
            case "each":
                each(run, block, frame, depth)
            case kind:
                try:
                    yes = holds(look_up(run, block.text, frame))
                except Missing:
                    yes = False
                chosen = block.inside if yes == (kind == "if") else block.otherwise
                write(run, chosen, frame, depth + 1)


def each(run: Run, block: Block, frame: Frame, depth: int) -> None:
    found = look_up(run, block.text, frame)
    if isinstance(found, Mapping):
        items = list(found.items())
    elif isinstance(found, list):
        items = list(enumerate(found))
    else:
        items = []
    if not items:
        write(run, block.otherwise, frame, depth + 1)
    for at, (key, value) in enumerate(items):
        run.steps += 1
        counted = {"@index": at, "@key": key, "@first": at == 0, "@last": at == len(items) - 1}
        write(run, block.inside, Frame(value, frame, counted), depth + 1)


def look_up(run: Run, name: str, frame: Frame) -> Any:
    """Missing."""
    where: Frame | None = frame
    path = name
    while path.startswith("../"):
        path = path[3:]
        where = where.outer if where is not None else None
        if where is None:
            raise Missing(name)
    assert where is not None
    if path.startswith("@") and not path.startswith("@root"):
        counting: Frame | None = where
        while counting is not None:
            if path in counting.counted:
                return counting.counted[path]
            counting = counting.outer
        raise Missing(name)
    words = re.split(r"[./]", path) if path not in (".", "") else ["this"]
    value: Any = where.value
    if words[0] in ("this", "@root"):
        value = run.root if words[0] == "@root" else value
        words = words[1:]
    for word in words:
        word = word.strip("[]")
        if isinstance(value, Mapping) and word in value:
            value = value[word]
        elif isinstance(value, list) and word.isdecimal() and int(word[:9]) < len(value):
            value = value[int(word)]
        elif isinstance(value, list) and word == "length":
            value = len(value)
        else:
            raise Missing(name)
    return value


def holds(value: Any) -> bool:
    return bool(value) and value != ""


def shown(value: Any, depth: int = 0) -> str:
    if value is None or depth > DEEPEST:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ",".join(shown(each, depth + 1) for each in value)
    return "[object Object]" if isinstance(value, Mapping) else str(value)


def rendered(source: str, data: Mapping[str, Any]) -> str:
    """BadTemplate, Missing, TooLarge."""
    return render(parse(source), data)
