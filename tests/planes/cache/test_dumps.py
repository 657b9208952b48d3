"""RDB files of a real node."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        dumps.bring(dumps.pieces(path), nodes.runner.folder("n2") / dumps.NAME)
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


KEY = bytes(32)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5), st.integers(1, 40))
def test_what_is_sealed_is_opened_however_it_is_cut(pieces: list[bytes], size: int) -> None:
    sealed = b"".join(dumps.sealed(pieces, KEY))
    chunks = [sealed[at : at + size] for at in range(0, len(sealed), size)]
    assert b"".join(dumps.unsealed(chunks, KEY)) == b"".join(pieces)


def test_what_is_sealed_is_not_opened_otherwise() -> None:
    sealed = b"".join(dumps.sealed([b"a" * 100, b"b" * 100], KEY))
    (first, *_), length = dumps.sealed([b"a" * 100, b"b" * 100], KEY), 5 + 100 + 16
    assert b"aaa" not in sealed and len(first) == length
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for wrong in (b"", sealed[:length], sealed[:-1], sealed[length:], changed, sealed + b"x"):
        with pytest.raises(dumps.Unsound):
            list(dumps.unsealed([wrong], KEY))
    with pytest.raises(dumps.Unsound, match="another key"):
        list(dumps.unsealed([sealed], bytes([1]) * 32))
    with pytest.raises(dumps.Unsound, match="torn"):
        list(dumps.unsealed([b"\xff" * 4 + b"\0" * (3 << 20)], KEY))
