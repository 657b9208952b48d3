"""Mailboxes of people: their names, UIDs and counts.

UIDVALIDITY comes from one counter that never goes back, so a mailbox that is made again, or that came out
of a backup, has another one.
"""

from __future__ import annotations

import time
from array import array
from typing import TYPE_CHECKING

from forecourt.planes.mail.imap.names import DELIMITER, INBOX, parents
from forecourt.planes.mail.imap.questions import Changed, Listed, No, Opened, State

from . import contents

if TYPE_CHECKING:
    from forecourt.store.tx import Tx

TOPIC = "mail"  # of the feed: ids of mailboxes that changed
FIRST = (
    (INBOX, ""), ("Archive", "\\Archive"), ("Drafts", "\\Drafts"), ("Junk", "\\Junk"),
    ("Sent", "\\Sent"), ("Trash", "\\Trash"),
)  # fmt: skip
MOST = 10_000  # mailboxes of one person
STATE = "id, uid_validity, uid_next, modseq, messages, unseen, uid_next - recent_from, size"
VALIDITY = "uidvalidity"


def furnish(tx: Tx, person: str) -> None:
    """The mailboxes that everybody has."""
    for name, special in FIRST:
        insert(tx, person, name, special)


def insert(tx: Tx, person: str, name: str, special: str = "", *, exists: bool = True) -> None:
    tx.run(
        "INSERT INTO mailbox (person, name, exists_, subscribed, special, keywords, uid_validity,"
        " uid_next, modseq, messages, unseen, size, recent_from) VALUES (:person, :name, :exists,"
        " :yes, :special, '', :validity, 1, 1, 0, 0, 0, 1)",
        person=person,
        name=name,
        exists=exists,
        yes=True,
        special=special,
        validity=new_validity(tx),
    )


def new_validity(tx: Tx) -> int:
    """Greater than any before, also of what a backup does not know (RFC 3501 §2.3.1.1)."""
    tx.run(
        "INSERT INTO counter (name, value) VALUES (:name, :now) ON CONFLICT (name) DO UPDATE"
        " SET value = CASE WHEN counter.value + 1 > :now THEN counter.value + 1 ELSE :now END",
        name=VALIDITY,
        now=int(time.time()),
    )
    return int(tx.value("SELECT value FROM counter WHERE name = :name", name=VALIDITY))


def renew(tx: Tx) -> None:
    """Let all UIDs be new: what was given out after a backup was made is not known any more."""
    if tx.one("SELECT 1 FROM mailbox LIMIT 1"):
        tx.run("UPDATE mailbox SET uid_validity = :validity", validity=new_validity(tx))


def listed(tx: Tx, person: str) -> list[Listed]:
    rows = tx.all(
        "SELECT name, subscribed, special, exists_ FROM mailbox WHERE person = :person ORDER BY name",
        person=person,
    )
    return [
        Listed(name, bool(subscribed), special, bool(exists))
        for name, subscribed, special, exists in rows
    ]


def id_of(tx: Tx, person: str, name: str) -> int | None:
    found = tx.value(
        "SELECT id FROM mailbox WHERE person = :person AND name = :name AND exists_ = :yes",
        person=person,
        name=name,
        yes=True,
    )
    return None if found is None else int(found)


def need(tx: Tx, person: str, name: str, code: str = "NONEXISTENT") -> int:
    """The id of a mailbox.  No."""
    if (found := id_of(tx, person, name)) is None:
        raise No("There is no such mailbox", code)
    return found


def special(tx: Tx, person: str, use: str) -> int:
    """The mailbox for a use as \\Junk, or INBOX."""
    found = tx.value(
        "SELECT id FROM mailbox WHERE person = :person AND special = :use AND exists_ = :yes LIMIT 1",
        person=person,
        use=use,
        yes=True,
    )
    return int(found) if found is not None else need(tx, person, INBOX)


def state(tx: Tx, mailbox: int) -> State:
    row = tx.one(f"SELECT {STATE} FROM mailbox WHERE id = :id", id=mailbox)
    if row is None:
        raise No("The mailbox is gone", "NONEXISTENT")
    return State(*row)


def status(tx: Tx, person: str, name: str) -> State:
    return state(tx, need(tx, person, name))


def create(tx: Tx, person: str, name: str, use: str) -> None:
    """With the levels above it that are not there (RFC 3501 §6.3.3)."""
    known = {each.name: each for each in listed(tx, person)}
    if len(known) >= MOST:
        raise No("There are too many mailboxes", "LIMIT")
    for each in (*parents(name), name):
        found = known.get(each)
        if found is None:
            insert(tx, person, each, use if each == name else "")
        elif not found.exists:
            tx.run(
                "UPDATE mailbox SET exists_ = :yes, uid_validity = :validity, special = :special"
                " WHERE person = :person AND name = :name",
                yes=True,
                validity=new_validity(tx),
                special=use if each == name else "",
                person=person,
                name=each,
            )
        elif each == name:
            raise No("There is such a mailbox", "ALREADYEXISTS")


def delete(tx: Tx, person: str, name: str) -> None:
    """RFC 3501 §6.3.4; a subscription stays."""
    mailbox = need(tx, person, name)
    clear(tx, person, mailbox)
    subscribed = tx.value("SELECT subscribed FROM mailbox WHERE id = :id", id=mailbox)
    tx.run("DELETE FROM mailbox WHERE id = :id", id=mailbox)
    if subscribed:
        insert(tx, person, name, exists=False)
    tx.publish(TOPIC, [str(mailbox)])


def clear(tx: Tx, person: str, mailbox: int) -> None:
    """Take all messages of a mailbox away."""
    rows = tx.all("SELECT content, size FROM mail_message WHERE mailbox = :id", id=mailbox)
    tx.run("DELETE FROM mail_message WHERE mailbox = :id", id=mailbox)
    tx.run("DELETE FROM mail_expunged WHERE mailbox = :id", id=mailbox)
    contents.release(tx, {content for content, _ in rows})
    charge(tx, person, -sum(size for _, size in rows))


def charge(tx: Tx, person: str, size: int) -> None:
    if size:
        tx.run("UPDATE mail_person SET used = used + :size WHERE id = :id", size=size, id=person)


def empty(tx: Tx, person: str) -> None:
    """Take all mailboxes of a person away."""
    rows = tx.all("SELECT id FROM mailbox WHERE person = :person", person=person)
    for (mailbox,) in rows:
        clear(tx, person, mailbox)
    tx.run("DELETE FROM mailbox WHERE person = :person", person=person)
    tx.publish(TOPIC, [str(mailbox) for (mailbox,) in rows])


def rename(tx: Tx, person: str, name: str, to: str) -> None:
    """With what is below it; of INBOX, its messages (RFC 3501 §6.3.5)."""
    mailbox = need(tx, person, name)
    known = {each.name: each for each in listed(tx, person)}
    if (target := known.get(to)) is not None:
        if target.exists:
            raise No("There is such a mailbox", "ALREADYEXISTS")
        tx.run("DELETE FROM mailbox WHERE person = :person AND name = :to", person=person, to=to)
    for parent in parents(to):
        if parent not in known or not known[parent].exists:
            create(tx, person, parent, "")
    if name == INBOX:
        tx.run("UPDATE mailbox SET name = :to WHERE id = :id", to=to, id=mailbox)
        insert(tx, person, INBOX)
        return
    for each in known:
        if each == name or each.startswith(name + DELIMITER):
            tx.run(
                "UPDATE mailbox SET name = :new, uid_validity = :validity"
                " WHERE person = :person AND name = :name",
                new=to + each[len(name) :],
                validity=new_validity(tx),
                person=person,
                name=each,
            )


def subscribe(tx: Tx, person: str, name: str, *, wanted: bool) -> None:
    """Also to what is not there (RFC 3501 §6.3.6)."""
    known = {each.name: each for each in listed(tx, person)}
    found = known.get(name)
    if found is None:
        if wanted:
            if len(known) >= MOST:
                raise No("There are too many mailboxes", "LIMIT")
            insert(tx, person, name, exists=False)
        return
    if not found.exists and not wanted:
        tx.run(
            "DELETE FROM mailbox WHERE person = :person AND name = :name", person=person, name=name
        )
        return
    tx.run(
        "UPDATE mailbox SET subscribed = :wanted WHERE person = :person AND name = :name",
        wanted=wanted,
        person=person,
        name=name,
    )


def open_(tx: Tx, person: str, name: str) -> Opened:
    """What a session is told of a mailbox it looks at."""
    mailbox = need(tx, person, name)
    found = state(tx, mailbox)
    rows = tx.all("SELECT uid FROM mail_message WHERE mailbox = :id ORDER BY uid", id=mailbox)
    uids = array("I", (uid for (uid,) in rows))
    unseen = tx.value(
        "SELECT min(uid) FROM mail_message WHERE mailbox = :id AND seen = :no", id=mailbox, no=False
    )
    row = tx.one("SELECT keywords, recent_from FROM mailbox WHERE id = :id", id=mailbox)
    assert row is not None
    return Opened(found, uids, tuple(row[0].split()), int(unseen or 0), int(row[1]))


def open_for_writing(tx: Tx, person: str, name: str) -> Opened:
    """The same; what is recent now is recent in this session alone (RFC 3501 §2.3.2)."""
    found = open_(tx, person, name)
    if found.state.recent:
        tx.run("UPDATE mailbox SET recent_from = uid_next WHERE id = :id", id=found.state.id)
    return found


def changes(tx: Tx, mailbox: int, since: int) -> Changed:
    """What became of a mailbox after a MODSEQ."""
    modseq = tx.value("SELECT modseq FROM mailbox WHERE id = :id", id=mailbox)
    if modseq is None:
        return Changed(since, (), (), (), deleted=True)
    if modseq <= since:
        return Changed(since, (), (), ())
    rows = tx.all(
        "SELECT uid, flags, modseq FROM mail_message WHERE mailbox = :id AND modseq > :since"
        " ORDER BY uid",
        id=mailbox,
        since=since,
    )
    gone = tx.all(
        "SELECT uid FROM mail_expunged WHERE mailbox = :id AND modseq > :since ORDER BY uid",
        id=mailbox,
        since=since,
    )
    return Changed(
        int(modseq),
        tuple(uid for uid, _, _ in rows),
        tuple(uid for (uid,) in gone),
        tuple((uid, flags, changed) for uid, flags, changed in rows),
    )
