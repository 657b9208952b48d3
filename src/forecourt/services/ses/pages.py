"""What the links in messages open, by how their paths begin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from forecourt.platform.visits import Page, Visit

from . import contacts, identities, tracking, verification
from .tokens import key_of

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


def clicked(tx: Tx, visit: Visit) -> Page:
    return tracking.visited(tx, visit, key_of(identities.service_key(tx)))


def opened(tx: Tx, visit: Visit) -> Page:
    return tracking.shown(tx, visit, key_of(identities.service_key(tx)))


PAGES: Mapping[str, Callable[[Tx, Visit], Page]] = {
    tracking.CLICKS: clicked,
    tracking.OPENS: opened,
    contacts.PATH: contacts.visited,
    verification.PATH: verification.visited,
}
