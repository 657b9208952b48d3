"""Default VPCs: every account has one in each region that needs no opt-in, until its user deletes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.platform.network import defaults
from forecourt.platform.network.zones import BY_DEFAULT, zones
from forecourt.store.resources import insert

from . import initial

if TYPE_CHECKING:
    from forecourt.store.tx import Tx


def create(tx: Tx, account: str) -> None:
    """Give an account its default VPCs, once."""
    if account in defaults.noted(tx):
        return
    rows: list[initial.Row] = []
    for region in BY_DEFAULT:
        place = initial.Place(tx, account, region)
        options, row = initial.dhcp_options(place)
        _, vpc = initial.default_vpc(place, options, zones(region))
        rows += [row, *vpc]
    insert(tx, rows)
    defaults.note(tx, account)


def renew(tx: Tx) -> None:
    """Give all accounts theirs again, after everything was deleted."""
    defaults.forget(tx)
    for account in defaults.lacking(tx):
        create(tx, account)
