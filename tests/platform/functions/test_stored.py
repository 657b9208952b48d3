"""Functions, by their ARNs."""

from forecourt.platform.functions import stored
from forecourt.platform.functions.stored import FUNCTIONS
from forecourt.store.tx import Tx
from tests.harness import World


def test_found_by_its_arn(world: World) -> None:
    def look(tx: Tx) -> None:
        spec = {"Handler": "a:b", "Path": "/p", "Timeout": 5, "MemorySize": 256}
        made = FUNCTIONS.create(tx, "f", spec, {})
        assert stored.find(tx, made.arn) == made
        assert stored.find(tx, f"{made.arn}:$LATEST") == made
        assert stored.find(tx, f"{made.arn}:1") is None
        assert stored.find(tx, "f") is None
        assert stored.everybodys(tx) == [made]
        runs = stored.function_of(made)
        assert (runs.name, runs.handler, runs.timeout, runs.memory) == ("f", "a:b", 5, 256)

    world.store.write_now(look)
