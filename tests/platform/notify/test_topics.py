"""Topics, by their ARNs."""

from forecourt.platform.notify import topics
from forecourt.platform.notify.topics import TOPICS
from forecourt.store.tx import Tx
from tests.harness import World


def test_found_by_its_arn_alone(world: World) -> None:
    def look(tx: Tx) -> None:
        made = TOPICS.create(tx, "t", {"Fifo": False}, {"Deleted": 0})
        assert topics.find(tx, made.arn) is not None
        assert topics.account_of(made.arn) == tx.call.account
        assert topics.region_of(made.arn) == tx.call.region
        for other in ("t", f"{made.arn}:1", made.arn.replace("sns", "sqs")):
            assert topics.find(tx, other) is None
        assert made.arn in topics.default_policy(made.arn)

    world.store.write_now(look)
