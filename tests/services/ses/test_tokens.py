"""Tokens: what they say, for one purpose, and nothing that was not signed."""

from forecourt.services.ses.tokens import read, token_of


def test_tokens() -> None:
    token = token_of(b"key", "one", "a", "ü")
    assert read(b"key", "one", token) == ["a", "ü"]
    for wrong in ("", "x", token + "x", "x" + token, token.partition(".")[0], "é.é"):
        assert read(b"key", "one", wrong) is None
    assert read(b"other", "one", token) is None
    assert read(b"key", "other", token) is None
