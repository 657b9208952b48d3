"""Tags of certificates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from forecourt.aws.operations import Operations

from .certificates import change, errors, own

if TYPE_CHECKING:
    from forecourt.aws.types import acm as t
    from forecourt.store.tx import Tx

ops = Operations("acm")
MOST = 50


@ops.write
def add_tags_to_certificate(tx: Tx, req: t.AddTagsToCertificateRequest) -> None:
    one = own(tx, req["CertificateArn"])
    change(tx, one, tags=checked(one.tags, req["Tags"]))


@ops.write
def tag_resource(tx: Tx, req: t.TagResourceRequest) -> dict[str, Any]:
    one = own(tx, req["ResourceArn"])
    if len({**one.tags, **as_mapping(req["Tags"])}) > MOST:
        raise errors.ServiceQuotaExceededException(f"A resource has at most {MOST} tags.")
    change(tx, one, tags=checked(one.tags, req["Tags"], invalid=errors.ValidationException))
    return {}


@ops.write
def remove_tags_from_certificate(tx: Tx, req: t.RemoveTagsFromCertificateRequest) -> None:
    """A tag that is given with a value goes only if it has that value."""
    one = own(tx, req["CertificateArn"])
    gone = {
        tag["Key"]
        for tag in req["Tags"]
        if "Value" not in tag or one.tags.get(tag["Key"]) == tag["Value"]
    }
    change(tx, one, tags={k: v for k, v in one.tags.items() if k not in gone})


@ops.write
def untag_resource(tx: Tx, req: t.UntagResourceRequest) -> dict[str, Any]:
    one = own(tx, req["ResourceArn"])
    change(tx, one, tags={k: v for k, v in one.tags.items() if k not in req["TagKeys"]})
    return {}


@ops.read
def list_tags_for_certificate(
    tx: Tx, req: t.ListTagsForCertificateRequest
) -> t.ListTagsForCertificateResponse:
    return {"Tags": shown(own(tx, req["CertificateArn"]).tags)}


@ops.read
def list_tags_for_resource(
    tx: Tx, req: t.ListTagsForResourceRequest
) -> t.ListTagsForResourceResponse:
    return {"Tags": shown(own(tx, req["ResourceArn"]).tags)}


def shown(tags: Mapping[str, str]) -> Any:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def as_mapping(tags: Iterable[t.Tag]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in tags}


def checked(
    present: Mapping[str, str], added: Iterable[t.Tag], *, invalid: Any = None
) -> dict[str, str]:
    """The tags with others added.  InvalidTagException, TooManyTagsException."""
    given = list(added)
    invalid = invalid or errors.InvalidTagException
    names = [tag["Key"] for tag in given]
    if any(name.lower().startswith("aws:") for name in names):
        raise invalid("AWS internal tags cannot be changed with this API")
    if len(set(names)) < len(names):
        raise invalid("Duplicate tag keys")
    tags = {**present, **as_mapping(given)}
    if len(tags) > MOST:
        raise errors.TooManyTagsException(
            f"the TagSet: '{tags}' contains too many Tags: a certificate has at most {MOST}."
        )
    return tags
