"""Amazon Resource Names: arn:partition:service:region:account:resource."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arn:
    service: str
    region: str
    account: str
    resource: str
    partition: str = "aws"

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @classmethod
    def parse(cls, text: str) -> Arn:
        """The parts of an ARN; ValueError if it has none.  The resource may hold colons."""
        head, *parts = text.split(":", 5)
        if head != "arn" or len(parts) != 5:
            raise ValueError(f"not an ARN: {text}")
        partition, service, region, account, resource = parts
        return cls(service, region, account, resource, partition)
