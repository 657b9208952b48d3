"""Messages in mailboxes: they come, are flagged, copied, moved, and go.

Every change of a mailbox raises its MODSEQ by one, together with what changed, and is published under the
mailbox's id; so who looks at it, in any process, asks only for what is newer (RFC 7162).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from forecourt.planes.mail.imap.questions import Copied, No, Row, Stored

from . import contents, mailboxes
from .mailboxes import TOPIC, charge

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

    from .contents import Content

NEAR = 16  # UIDs that are no farther apart are read together
NOTHING = "0.0, 0, ''"  # instead of what was not asked for: an index need not lead to the row
SMALL = 256 * 1024  # bytes of a content that is read together with others
KEPT = 30 * 86400  # seconds for which UIDs that are gone are remembered
MOST_KEYWORDS = 1000  # of a mailbox
SEEN, DELETED = "\\Seen", "\\Deleted"


def deliver(tx: Tx, content: Content, targets: Iterable[tuple[int, str]]) -> None:
    """Put one content into mailboxes, each of a person."""
    contents.insert(tx, content)
    for mailbox, person in targets:
        add(tx, mailbox, person, content.id, content.size, (), tx.now.timestamp())


def append(
    tx: Tx,
    person: str,
    name: str,
    content: Content,
    flags: tuple[str, ...],
    date: float | None,
) -> tuple[int, int]:
    """UIDVALIDITY and UID of a message that a client put in.  No."""
    mailbox = mailboxes.need(tx, person, name, "TRYCREATE")
    check_quota(tx, person, content.size)
    contents.insert(tx, content)
    uid = add(
        tx,
        mailbox,
        person,
        content.id,
        content.size,
        flags,
        tx.now.timestamp() if date is None else date,
    )
    return mailboxes.state(tx, mailbox).uid_validity, uid


def may_append(tx: Tx, person: str, name: str, size: int) -> None:
    """No."""
    mailboxes.need(tx, person, name, "TRYCREATE")
    check_quota(tx, person, size)


def check_quota(tx: Tx, person: str, size: int) -> None:
    room = tx.value("SELECT quota - used FROM mail_person WHERE id = :id", id=person)
    if room is None or size > room:
        raise No("The mailbox is full", "OVERQUOTA")  # RFC 9208 §4.5


def has_room(tx: Tx, person: str, size: int) -> bool:
    room = tx.value("SELECT quota - used FROM mail_person WHERE id = :id", id=person)
    return room is not None and size <= room


def add(
    tx: Tx,
    mailbox: int,
    person: str,
    content: str,
    size: int,
    flags: tuple[str, ...],
    date: float,
) -> int:
    """One more message; its UID."""
    seen = SEEN in flags
    row = tx.one(
        "UPDATE mailbox SET uid_next = uid_next + 1, modseq = modseq + 1, messages = messages + 1,"
        " unseen = unseen + :unseen, size = size + :size WHERE id = :id"
        " RETURNING uid_next - 1, modseq",
        id=mailbox,
        unseen=int(not seen),
        size=size,
    )
    if row is None:
        raise No("There is no such mailbox", "TRYCREATE")
    uid, modseq = row
    tx.run(
        "INSERT INTO mail_message (mailbox, uid, modseq, flags, seen, date, size, content)"
        " VALUES (:mailbox, :uid, :modseq, :flags, :seen, :date, :size, :content)",
        mailbox=mailbox,
        uid=uid,
        modseq=modseq,
        flags=written(flags),
        seen=seen,
        date=date,
        size=size,
        content=content,
    )
    learn(tx, mailbox, flags)
    charge(tx, person, size)
    tx.publish(TOPIC, [str(mailbox)])
    return int(uid)


def written(flags: Iterable[str]) -> str:
    """Flags as they are kept: each between spaces, so that one is found by its text."""
    joined = " ".join(flags)
    return f" {joined} " if joined else " "


def learn(tx: Tx, mailbox: int, flags: Iterable[str]) -> None:
    """Remember keywords that are new to a mailbox."""
    wanted = [flag for flag in flags if not flag.startswith("\\")]
    if not wanted:
        return
    known = str(tx.value("SELECT keywords FROM mailbox WHERE id = :id", id=mailbox)).split()
    if new := [flag for flag in wanted if flag not in known]:
        if len(known) + len(new) > MOST_KEYWORDS:
            raise No("The mailbox has too many keywords", "LIMIT")
        tx.run(
            "UPDATE mailbox SET keywords = :keywords WHERE id = :id",
            keywords=" ".join((*known, *new)),
            id=mailbox,
        )


def bump(tx: Tx, mailbox: int) -> int:
    """The next MODSEQ of a mailbox, told to all who look at it."""
    row = tx.one(
        "UPDATE mailbox SET modseq = modseq + 1 WHERE id = :id RETURNING modseq", id=mailbox
    )
    if row is None:
        raise No("The mailbox is gone", "NONEXISTENT")
    tx.publish(TOPIC, [str(mailbox)])
    return int(row[0])


def store(
    tx: Tx,
    mailbox: int,
    uids: Sequence[int],
    action: str,
    flags: tuple[str, ...],
    unless_since: int | None,
) -> Stored:
    """Change flags; what was changed after `unless_since` is left alone and told."""
    known = list(flag_rows(tx, mailbox, uids))
    modified = [
        uid for uid, _, changed in known if unless_since is not None and changed > unless_since
    ]
    skipped = set(modified)
    rows: list[tuple[int, str, int]] = []
    changed: list[tuple[int, str, bool, bool]] = []
    for uid, before, modseq in known:
        if uid in skipped:
            continue
        after = applied(before, action, flags)
        rows.append((uid, after, modseq))
        if after != before:
            changed.append((uid, after, f" {SEEN} " in before, f" {SEEN} " in after))
    if not changed:
        return Stored(tuple(rows), tuple(modified), 0)
    if action != "-":
        learn(tx, mailbox, flags)
    modseq = bump(tx, mailbox)
    tx.many(
        "UPDATE mail_message SET flags = :flags, seen = :seen, modseq = :modseq"
        " WHERE mailbox = :mailbox AND uid = :uid",
        [
            {"flags": after, "seen": seen, "modseq": modseq, "mailbox": mailbox, "uid": uid}
            for uid, after, _, seen in changed
        ],
    )
    if unseen := sum(int(was) - int(seen) for _, _, was, seen in changed):
        tx.run(
            "UPDATE mailbox SET unseen = unseen + :count WHERE id = :id", count=unseen, id=mailbox
        )
    touched = {uid for uid, _, _, _ in changed}
    return Stored(
        tuple((uid, after, modseq if uid in touched else old) for uid, after, old in rows),
        tuple(modified),
        modseq,
    )


def applied(before: str, action: str, flags: tuple[str, ...]) -> str:
    known = before.split()
    if action == "+":
        return written(dict.fromkeys((*known, *flags)))
    if action == "-":
        return written(flag for flag in known if flag not in flags)
    return written(flags)


def flag_rows(tx: Tx, mailbox: int, uids: Sequence[int]) -> Iterable[tuple[int, str, int]]:
    return each(tx, "uid, flags, modseq", mailbox, uids)


def each(tx: Tx, columns: str, mailbox: int, uids: Sequence[int]) -> Iterator[Any]:
    """Columns of some messages, the UID first, by UID."""
    sql = (
        f"SELECT {columns} FROM mail_message WHERE mailbox = :mailbox"
        " AND uid >= :low AND uid <= :high ORDER BY uid"
    )
    for span in spans(uids):
        wanted = set(span)
        for row in tx.all(sql, mailbox=mailbox, low=span[0], high=span[-1]):
            if row[0] in wanted:
                yield row


def spans(uids: Sequence[int]) -> Iterable[Sequence[int]]:
    """UIDs in runs whose gaps are small: each is asked for as one range of the index."""
    start = 0
    for at in range(1, len(uids) + 1):
        if at == len(uids) or uids[at] > uids[at - 1] + NEAR:
            yield uids[start:at]
            start = at


def expunge(
    tx: Tx, person: str, mailbox: int, uids: Sequence[int] | None
) -> tuple[tuple[int, ...], int]:
    """Take messages away that are \\Deleted, all or some; their UIDs, and the MODSEQ."""
    gone = [row for row in doomed(tx, mailbox, uids) if f" {DELETED} " in row[1]]
    if not gone:
        return (), 0
    return tuple(row[0] for row in gone), take_out(tx, person, mailbox, gone)


def doomed(tx: Tx, mailbox: int, uids: Sequence[int] | None) -> Iterable[tuple[int, str, str, int]]:
    if uids is not None:
        return each(tx, "uid, flags, content, size", mailbox, uids)
    return tx.all(
        "SELECT uid, flags, content, size FROM mail_message WHERE mailbox = :mailbox"
        " AND flags LIKE :deleted ESCAPE '!' ORDER BY uid",
        mailbox=mailbox,
        deleted=f"% {DELETED} %",
    )


def take_out(tx: Tx, person: str, mailbox: int, rows: list[tuple[int, str, str, int]]) -> int:
    """Remove messages, given as UID, flags, content and size; the MODSEQ."""
    modseq = bump(tx, mailbox)
    tx.many(
        "DELETE FROM mail_message WHERE mailbox = :mailbox AND uid = :uid",
        [{"mailbox": mailbox, "uid": uid} for uid, _, _, _ in rows],
    )
    tx.many(
        "INSERT INTO mail_expunged (mailbox, uid, modseq, at) VALUES (:mailbox, :uid, :modseq, :at)",
        [
            {"mailbox": mailbox, "uid": uid, "modseq": modseq, "at": tx.now.timestamp()}
            for uid, _, _, _ in rows
        ],
    )
    size = sum(row[3] for row in rows)
    tx.run(
        "UPDATE mailbox SET messages = messages - :count, unseen = unseen - :unseen,"
        " size = size - :size WHERE id = :id",
        count=len(rows),
        unseen=sum(f" {SEEN} " not in flags for _, flags, _, _ in rows),
        size=size,
        id=mailbox,
    )
    charge(tx, person, -size)
    contents.release(tx, {content for _, _, content, _ in rows})
    return modseq


def copy(tx: Tx, person: str, mailbox: int, uids: Sequence[int], to: str, *, move: bool) -> Copied:
    """Copies share their content with what they are of; a move is a copy and an expunge in one."""
    target = mailboxes.need(tx, person, to, "TRYCREATE")
    rows = list(each(tx, "uid, flags, date, size, content", mailbox, uids))
    if not move:
        check_quota(tx, person, sum(row[3] for row in rows))
    copies = [
        add(tx, target, person, content, size, tuple(flags.split()), date)
        for _, flags, date, size, content in rows
    ]
    if move and rows:
        take_out(tx, person, mailbox, [(uid, flags, c, size) for uid, flags, _, size, c in rows])
    validity = mailboxes.state(tx, target).uid_validity
    return Copied(validity, tuple(row[0] for row in rows), tuple(copies))


def rows(
    tx: Tx, mailbox: int, uids: Sequence[int], *, summary: bool, content: int | None, since: int
) -> list[tuple[Row, str]]:
    """Messages as far as they were asked for, each with the id of its content.

    A content that is a blob is left out: the caller reads it.  So is one that is large, where several
    are asked for whole: the caller asks for it alone.
    """
    more = summary or content != 0
    wanted = f"m.uid, m.flags, m.modseq, {'m.date, m.size, m.content' if more else NOTHING}"
    table = "mail_message m"
    if more:
        table += " JOIN mail_content c ON c.id = m.content"
        wanted += ", c.envelope, c.structure" if summary else ", '', ''"
    if content is None and len(uids) > 1:
        wanted += f", CASE WHEN m.size <= {SMALL} THEN c.data END"
    elif content is None:
        wanted += ", c.data"
    elif content:
        wanted += ", substr(c.data, 1, :most)"
    sql = (
        f"SELECT {wanted} FROM {table} WHERE m.mailbox = :mailbox AND m.uid >= :low"
        " AND m.uid <= :high AND m.modseq > :since ORDER BY m.uid"
    )
    found = []
    for span in spans(uids):
        given = {"mailbox": mailbox, "low": span[0], "high": span[-1], "since": since}
        if content:
            given["most"] = content
        chosen = set(span)
        for row in tx.all(sql, **given):
            if row[0] not in chosen:
                continue
            uid, flags, modseq, date, size, id, *rest = row
            envelope = bytes(rest[0]) if summary else b""
            structure = bytes(rest[1]) if summary else b""
            data = bytes(rest[2]) if len(rest) > 2 and rest[2] is not None else b""
            found.append((Row(uid, flags, modseq, date, size, envelope, structure, data), id))
    return found


def forget_expunged(tx: Tx) -> None:
    """UIDs that went long ago: no session is as old."""
    tx.run("DELETE FROM mail_expunged WHERE at < :before", before=tx.now.timestamp() - KEPT)
