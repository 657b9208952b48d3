"""FETCH: which items are asked for, and how each is written (RFC 3501 §6.4.5, §7.4.2)."""

from __future__ import annotations

from dataclasses import dataclass

from forecourt.planes.mail import mime

from .grammar import Bad, Reader, internal_date
from .questions import Row

HEADER_BYTES = 64 * 1024  # of a message that are read at first where only its header is asked for
MACROS = {  # RFC 3501 §6.4.5
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
PLAIN = (
    "FLAGS",
    "UID",
    "INTERNALDATE",
    "RFC822.SIZE",
    "ENVELOPE",
    "BODYSTRUCTURE",
    "BODY",
    "MODSEQ",
)
SECTIONS = ("HEADER.FIELDS.NOT", "HEADER.FIELDS", "HEADER", "TEXT", "MIME")
OLD = {"RFC822": ("", False), "RFC822.HEADER": ("HEADER", True), "RFC822.TEXT": ("TEXT", False)}


@dataclass(frozen=True, slots=True)
class Section:
    label: bytes  # as it is answered
    numbers: tuple[int, ...] = ()
    what: str = ""
    names: tuple[str, ...] = ()
    peek: bool = False
    start: int | None = None
    length: int = 0


@dataclass(frozen=True, slots=True)
class Items:
    plain: tuple[str, ...]
    sections: tuple[Section, ...] = ()

    @property
    def summary(self) -> bool:
        return bool({"INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE"} & set(self.plain))

    @property
    def content(self) -> int | None:
        """How many bytes from its start are needed of a message; None: all."""
        if "BODY" in self.plain:
            return None
        most: int | None = 0
        for each in self.sections:
            if not each.numbers and each.what.startswith("HEADER"):
                most = HEADER_BYTES if most is not None else None
            elif not each.numbers and not each.what and each.start is not None:
                most = max(most, each.start + each.length) if most is not None else None
            else:
                most = None
        return most

    @property
    def sees(self) -> bool:
        """Whether fetching makes a message \\Seen."""
        return any(not each.peek for each in self.sections)


def items(args: Reader) -> Items:
    for name, expansion in MACROS.items():
        if args.skip(name.encode()):
            return Items(expansion)
    plain: list[str] = []
    sections: list[Section] = []
    if args.skip(b"("):
        while True:
            _item(args, plain, sections)
            if args.skip(b")"):
                break
            args.space()
    else:
        _item(args, plain, sections)
    return Items(tuple(dict.fromkeys(plain)), tuple(sections))


def _item(args: Reader, plain: list[str], sections: list[Section]) -> None:
    if args.skip(b"BODY.PEEK["):
        sections.append(_section(args, peek=True))
    elif args.skip(b"BODY["):
        sections.append(_section(args, peek=False))
    else:
        word = args.word()
        if word in OLD:
            what, peek = OLD[word]
            sections.append(Section(word.encode(), what=what, peek=peek))
        elif word in PLAIN:
            plain.append(word)
        else:
            raise Bad(f"there is no item {word}")


def _section(args: Reader, *, peek: bool) -> Section:
    numbers: list[int] = []
    what = ""
    names: tuple[str, ...] = ()
    dotted = True
    while dotted and args.peek().isdigit():
        numbers.append(args.number())
        if not numbers[-1] or len(numbers) > mime.DEEPEST * 2:
            raise Bad("there is no such part")
        dotted = args.skip(b".")
    if args.peek() != b"]" or (numbers and dotted):
        if dotted:
            what = next((each for each in SECTIONS if args.skip(each.encode())), "")
        if not what or (what == "MIME" and not numbers):
            raise Bad("there is no such section")
        if what.startswith("HEADER.FIELDS"):
            args.space()
            names = args.strings()
    args.expect(b"]")
    start, length = None, 0
    if args.skip(b"<"):
        start = args.number()
        args.expect(b".")
        length = args.number()
        args.expect(b">")
        if not length:
            raise Bad("a part has a length")
    label = ".".join((*map(str, numbers), *([what] if what else ())))
    if names:
        written = b" ".join(
            mime.string(name) if not _atom(name) else name.encode() for name in names
        )
        shown = b"BODY[%b (%b)]" % (label.encode(), written)
    else:
        shown = b"BODY[%b]" % label.encode()
    if start is not None:
        shown += b"<%d>" % start
    return Section(shown, tuple(numbers), what, tuple(names), peek, start, length)


def _atom(name: str) -> bool:
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum()


def line(number: int, row: Row, wanted: Items, flags: str, *, uid: bool, modseq: bool) -> bytes:
    """One untagged FETCH response, without its CRLF."""
    parts = [b"UID %d" % row.uid] if uid or "UID" in wanted.plain else []
    for name in wanted.plain:
        match name:
            case "FLAGS":
                parts.append(b"FLAGS (%b)" % flags.encode())
            case "INTERNALDATE":
                parts.append(b"INTERNALDATE " + internal_date(row.date))
            case "RFC822.SIZE":
                parts.append(b"RFC822.SIZE %d" % row.size)
            case "ENVELOPE":
                parts.append(b"ENVELOPE " + row.envelope)
            case "BODYSTRUCTURE":
                parts.append(b"BODYSTRUCTURE " + row.structure)
            case "BODY":
                whole = mime.scan(row.content)
                parts.append(b"BODY " + mime.structure(row.content, whole, extended=False))
    if modseq or "MODSEQ" in wanted.plain:
        parts.append(b"MODSEQ (%d)" % row.modseq)
    tree = mime.scan(row.content) if any(each.numbers for each in wanted.sections) else None
    for each in wanted.sections:
        found = mime.section(row.content, each.numbers, each.what, each.names, tree)
        if found is None:
            parts.append(each.label + b" NIL")
            continue
        if each.start is not None:
            found = found[each.start : each.start + each.length]
        parts.append(b"%b {%d}\r\n%b" % (each.label, len(found), found))
    return b"* %d FETCH (%b)" % (number, b" ".join(parts))
