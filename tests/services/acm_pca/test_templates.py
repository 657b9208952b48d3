"""Templates: as many as AWS has, each of them once."""

from __future__ import annotations

from forecourt.services.acm_pca.templates import DEFAULT, TEMPLATES


def test_all_of_them() -> None:
    assert len(TEMPLATES) == 61
    assert TEMPLATES[DEFAULT].name == "EndEntityCertificate"
    for name in (
        "BlankSubordinateCACertificate_PathLen0_APICSRPassthrough",
        "BlankEndEntityCertificate_CriticalBasicConstraints_APIPassthrough",
        "BlankRootCACertificate_PathLen3_APIPassthrough",
    ):
        assert f"arn:aws:acm-pca:::template/{name}/V1" in TEMPLATES


def test_roots_and_authorities() -> None:
    for each in TEMPLATES.values():
        assert each.is_ca or each.path_length is None
        assert not each.is_root or each.is_ca
