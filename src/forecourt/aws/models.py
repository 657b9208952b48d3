"""botocore's models, loaded once: the authority on what an operation takes and gives.

The loader is used without a botocore session, which would cost a quarter of a second at start.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

_loader = Loader()


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a service, by botocore's name for it ("route53", "sesv2")."""
    return ServiceModel(_loader.load_service_model(service, "service-2"), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    return service_model(service).operation_model(operation)


@cache
def paginators(service: str) -> Mapping[str, Any]:
    """Which members carry tokens, limits and items, by operation name."""
    found: Mapping[str, Any] = _loader.load_service_model(service, "paginators-1")["pagination"]
    return found


@cache
def faults_of(service: str) -> frozenset[str]:
    """The errors that are a service's own fault, which the model object does not tell."""
    shapes = _loader.load_service_model(service, "service-2")["shapes"]
    return frozenset(name for name, shape in shapes.items() if shape.get("fault"))


@cache
def regions() -> Mapping[str, str]:
    """The regions of the partition aws, and what they are called."""
    partitions = _loader.load_data("endpoints")["partitions"]
    found = next(each for each in partitions if each["partition"] == "aws")["regions"]
    return {name: region["description"] for name, region in found.items()}


def protocols(service: str) -> tuple[str, ...]:
    """The protocols a service can be spoken to in, as its model lists them."""
    metadata = service_model(service).metadata
    return tuple(metadata.get("protocols") or (metadata["protocol"],))
