"""Node types: how much data each takes, in bytes, with Valkey or Redis, and with Memcached.

https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html#ParameterGroups.Redis.NodeSpecific
"""

from __future__ import annotations

MEBIBYTE = 1024**2
GRAVITON = {
    "large": 6854542746,
    "xlarge": 13891921715,
    "2xlarge": 27966669210,
    "4xlarge": 56116178125,
    "8xlarge": 111325552312,
    "12xlarge": 168715971994,
    "16xlarge": 225000375228,
}
MEMORY_GRAVITON = {
    "large": 14037181030,
    "xlarge": 28261849702,
    "2xlarge": 56711183565,
    "4xlarge": 113609865216,
    "8xlarge": 225000375228,
    "12xlarge": 341206346547,
    "16xlarge": 450000750456,
}
SIZES = {
    "t2": {"micro": 581959680, "small": 1665138688, "medium": 3461349376},
    "t3": {"micro": 536870912, "small": 1471026299, "medium": 3317862236},
    "t4g": {"micro": 536870912, "small": 1471026299, "medium": 3317862236},
    "m4": {"large": 6892593152, "xlarge": 15328501760, "2xlarge": 31889126359, "4xlarge": 65257290629,
           "10xlarge": 166047614239},
    "m5": {"large": 6854542746, "xlarge": 13891921715, "2xlarge": 27966669210, "4xlarge": 56116178125,
           "12xlarge": 168715971994, "24xlarge": 337500562842},
    "m6g": GRAVITON,
    "m7g": GRAVITON,
    "r4": {"large": 13201781556, "xlarge": 26898228839, "2xlarge": 54197537997, "4xlarge": 108858546586,
           "8xlarge": 218255432090, "16xlarge": 437021573120},
    "r5": {"large": 14037181030, "xlarge": 28261849702, "2xlarge": 56711183565, "4xlarge": 113609865216,
           "12xlarge": 341206346547, "24xlarge": 682485973811},
    "r6g": MEMORY_GRAVITON,
    "r7g": MEMORY_GRAVITON,
}  # fmt: skip
BYTES = {
    f"cache.{family}.{size}": found
    for family, sizes in SIZES.items()
    for size, found in sizes.items()
}
LEAST = 8 * MEBIBYTE  # with which an engine can be of use at all


def memory(node_type: str, scale: float, reserved_percent: int) -> int:
    """Bytes of data a node takes: the type's, scaled, without what is reserved."""
    return max(int(BYTES[node_type] * scale * (100 - reserved_percent) / 100), LEAST)


def scaling(node_type: str) -> tuple[list[str], list[str]]:
    """The types one can grow to and shrink to."""
    mine = BYTES[node_type]
    others = sorted(name for name in BYTES if name != node_type)
    return (
        [name for name in others if BYTES[name] >= mine],
        [name for name in others if BYTES[name] < mine],
    )
