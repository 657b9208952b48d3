"""Which shard has which of the 16,384 slots, and what has to move when shards come and go.

ranges = even(3)                        # ((0, 5460), (5461, 10922), (10923, 16383))
moves = plan(now, wanted)               # from which shard, to which, which ranges
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

SLOTS = 16384
Range = tuple[int, int]  # both inside
Move = tuple[str, str, tuple[Range, ...]]


def even(count: int) -> list[Range]:
    """All slots in `count` ranges as equal as can be."""
    bounds = [round(at * SLOTS / count) for at in range(count + 1)]
    return [(first, beyond - 1) for first, beyond in pairwise(bounds)]


def ranges(slots: Iterable[int]) -> tuple[Range, ...]:
    """Slots as ranges, in order."""
    found: list[Range] = []
    for slot in sorted(slots):
        if found and found[-1][1] == slot - 1:
            found[-1] = (found[-1][0], slot)
        else:
            found.append((slot, slot))
    return tuple(found)


def members(given: Iterable[Range]) -> set[int]:
    return {slot for first, last in given for slot in range(first, last + 1)}


def shown(given: Iterable[Range]) -> str:
    """As the API writes them: 0-5460,5462."""
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in given)


def parsed(text: str) -> tuple[Range, ...]:
    """What `shown` wrote.  ValueError."""
    found = []
    for part in filter(None, text.replace(" ", "").split(",")):
        first, dash, last = part.partition("-")
        pair = (int(first), int(last if dash else first))
        if not 0 <= pair[0] <= pair[1] < SLOTS:
            raise ValueError(part)
        found.append(pair)
    return tuple(found)


def balanced(now: Mapping[str, Iterable[Range]], shards: Iterable[str]) -> dict[str, set[int]]:
    """The slots of each of `shards` with as few of them moved as can be."""
    names = list(shards)
    share, extra = divmod(SLOTS, len(names))
    have = {name: sorted(members(now.get(name, ()))) for name in names}
    order = sorted(names, key=lambda name: -len(have[name]))
    goal = {name: share + (at < extra) for at, name in enumerate(order)}
    kept = {name: set(have[name][: goal[name]]) for name in names}
    free = sorted(set(range(SLOTS)) - set().union(*kept.values()))
    for name in names:
        want = goal[name] - len(kept[name])
        kept[name] |= set(free[:want])
        free = free[want:]
    return kept


def plan(now: Mapping[str, set[int]], wanted: Mapping[str, set[int]]) -> list[Move]:
    """What has to move between shards; slots that nobody has are not moved."""
    moves = []
    for source, slots in sorted(now.items()):
        for target, goal in sorted(wanted.items()):
            if source != target and (some := slots & goal):
                moves.append((source, target, ranges(some)))
    return moves
