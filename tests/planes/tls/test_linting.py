"""The linter finds what is wrong, and only then objects."""

from __future__ import annotations

import pytest

from forecourt.planes.tls.building import der
from forecourt.planes.tls.linting import Faulty, faults, must_be_clean
from forecourt.planes.tls.profiles import CLIENT, SERVER_DV

from .authority import issue, span


def test_what_is_wrong_is_found() -> None:
    must_be_clean(der(issue("www.example.com")), SERVER_DV)
    with pytest.raises(Faulty, match=r"server-dv: .*internal_domain_name"):
        must_be_clean(der(issue("www.corp")), SERVER_DV)
    assert any(
        "validity" in each for each in faults(der(issue("a.com", validity=span(999))), SERVER_DV)
    )
    assert faults(der(issue("a.com")), SERVER_DV, "WARNING")  # graver is in, milder is not


def test_profiles_it_does_not_know() -> None:
    assert faults(b"", CLIENT) == []
