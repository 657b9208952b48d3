"""Regions and their availability zones: three a region, as us-east-1a (use1-az1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from forecourt.aws import models

# Regions that every account has from the start.
# https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
BY_DEFAULT = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
LETTERS = "abc"
DIRECTION = re.compile("north|south|east|west|central")


@dataclass(frozen=True, slots=True)
class Zone:
    name: str
    id: str
    region: str


def regions() -> tuple[str, ...]:
    """The regions of the partition aws, by name."""
    return tuple(sorted(models.regions()))


@cache
def zones(region: str) -> tuple[Zone, ...]:
    """A region's availability zones."""
    code = short(region)
    return tuple(
        Zone(region + letter, f"{code}-az{number}", region)
        for number, letter in enumerate(LETTERS, 1)
    )


def short(region: str) -> str:
    """How ids of zones begin: ap-northeast-1 -> apne1, us-gov-west-1 -> usgw1."""
    *parts, number = region.split("-")
    area, rest = parts[0], parts[1:]
    letters = ("".join(found[0] for found in DIRECTION.findall(part)) or part[:1] for part in rest)
    return area + "".join(letters) + number
