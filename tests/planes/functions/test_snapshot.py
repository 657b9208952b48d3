"""What runs, and what came of it."""

from forecourt.planes.functions.snapshot import Outcome


def test_an_outcome_without_an_error() -> None:
    assert not Outcome(b"1", "", "").error
