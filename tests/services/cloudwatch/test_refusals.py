"""Refusals that no model declares."""

from forecourt.services.cloudwatch.refusals import invalid


def test_refusals() -> None:
    assert (invalid("t").code, invalid("t").status) == ("ValidationError", 400)
