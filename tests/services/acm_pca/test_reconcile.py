"""An authority that is not there needs no looking after; the others: test_authorities.py."""

from __future__ import annotations

import asyncio

from forecourt.services.acm_pca.reconcile import reconcile
from tests.harness import World


def test_nothing_there(world: World) -> None:
    arn = "arn:aws:acm-pca:us-east-1:000000000000:certificate-authority/none"
    assert asyncio.run(reconcile(world.store, arn)) is None
