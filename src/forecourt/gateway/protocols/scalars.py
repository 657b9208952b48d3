"""How single values are written: text, numbers, timestamps, blobs.

The same in headers, paths, query strings, XML and forms; JSON and CBOR use parts of it.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from forecourt.gateway.http import Malformed

if TYPE_CHECKING:
    from botocore.model import Shape

INTEGER = re.compile(r"[+-]?[0-9]{1,39}")  # far above 64 bits; int() is quadratic
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text_reader(shape: Shape, timestamps: str = "iso8601") -> Callable[[str], Any]:
    """A function from text to the shape's value; `timestamps` is the form where the shape names none."""
    match shape.type_name:
        case "integer" | "long":
            return read_integer
        case "float" | "double":
            return read_float
        case "boolean":
            return read_boolean
        case "blob":
            return read_blob
        case "timestamp":
            return read_timestamp
    return str


def text_writer(shape: Shape, timestamps: str = "iso8601") -> Callable[[Any], str]:
    """A function from the shape's value to text."""
    match shape.type_name:
        case "float" | "double":
            return write_float
        case "boolean":
            return lambda value: "true" if value else "false"
        case "blob":
            return write_blob
        case "timestamp":
            write = TIMESTAMPS[shape.serialization.get("timestampFormat", timestamps)]
            return lambda value: str(write(value))
    return str


def read_integer(text: str) -> int:
    try:
        if not INTEGER.fullmatch(text):
            raise ValueError
        return int(text)
    except ValueError:
        raise Malformed(f"{text[:40]!r} can not be converted to an Integer") from None


def read_float(text: str) -> float:
    try:
        if not text.isascii() or "_" in text:
            raise ValueError
        return float(text)
    except ValueError:
        raise Malformed(f"{text[:40]!r} can not be converted to a Double") from None


def read_boolean(text: str) -> bool:
    match text:
        case "true" | "True":
            return True
        case "false" | "False":
            return False
    raise Malformed(f"{text[:40]!r} can not be converted to a Boolean")


def read_blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("Invalid Base64") from None


def read_timestamp(value: str | float) -> datetime:
    """A point in time, in any of the three forms: what the client chose is plain to see."""
    try:
        if isinstance(value, int | float):
            return EPOCH + timedelta(seconds=value)
        if value[:1].isdigit() and "-" in value:
            moment = datetime.fromisoformat(value)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if "," in value:
            return parsedate_to_datetime(value).astimezone(UTC)
        return EPOCH + timedelta(seconds=float(value))
    except (ValueError, OverflowError, TypeError):
        raise Malformed(f"{str(value)[:40]!r} can not be converted to a Timestamp") from None


def write_float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def write_blob(value: bytes | str) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def moment(value: datetime | float) -> datetime:
    return EPOCH + timedelta(seconds=value) if isinstance(value, int | float) else value


def write_iso8601(value: datetime | float) -> str:
    at = moment(value)
    digits = "milliseconds" if at.microsecond else "seconds"
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=digits) + "Z"


def write_rfc822(value: datetime | float) -> str:
    return format_datetime(moment(value).astimezone(UTC), usegmt=True)


def write_unix(value: datetime | float) -> int | float:
    seconds = value if isinstance(value, int | float) else value.timestamp()
    return int(seconds) if seconds == int(seconds) else round(seconds, 3)


TIMESTAMPS: dict[str, Callable[[Any], str | int | float]] = {
    "iso8601": write_iso8601,
    "rfc822": write_rfc822,
    "unixTimestamp": write_unix,
}
