"""Pages of ours say what anybody gave only as text."""

from forecourt.platform.visits import page


def test_text_is_no_markup() -> None:
    found = page(200, "<t>", "<script>", "<form></form>")
    assert b"<script>" not in found.body
    assert b"<form></form>" in found.body
    assert dict(found.headers)["content-security-policy"].startswith("default-src 'none'")
