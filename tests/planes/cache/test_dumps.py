"""RDB files of a real node."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from forecourt.planes.cache import dumps

from .conftest import VALKEY, Nodes

Play = Callable[[Callable[[Nodes], Any]], None]


def test_a_node_s_data_are_written_checked_and_loaded_again(play: Play) -> None:
    async def story(nodes: Nodes) -> None:
        link = nodes.start(1)
        await link.until_ready(10)
        await link.ask("SET", "a", "1")
        path = await dumps.take(link, nodes.runner.folder("n1"))
        await dumps.check(VALKEY.program, path)
        dumps.place(path, nodes.runner.folder("n2"))
        assert b"".join(dumps.pieces(path)) == path.read_bytes()
        other = nodes.start(2)
        await other.until_ready(10)
        assert await other.ask("GET", "a") == "1"

    play(story)


@pytest.mark.parametrize("data", [b"", b"junk", b"VALKEY080\xff", b"REDIS0011\xfe\x00\xfb"])
def test_what_is_no_such_file_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.rdb"
    path.write_bytes(data)
    with pytest.raises(dumps.Unsound):
        anyio.run(dumps.check, VALKEY.program, path)
