"""Bodies that are blobs."""

from forecourt.platform.objects.bodies import Received


def test_an_empty_body_is_one_nevertheless() -> None:
    body = Received("0" * 32, 0, "", {})
    assert body
    assert len(body) == 0
