"""What is kept of passwords."""

from __future__ import annotations

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from forecourt.platform.identity import passwords


def test_each_has_a_salt_of_its_own() -> None:
    one, other = passwords.digest("secret"), passwords.digest("secret")
    assert one.startswith("$argon2id$v=19$m=65536,t=1,p=1$")
    assert "secret" not in one
    assert one != other
    assert len(passwords.salt_of(one)) == passwords.SALT
    Argon2id.verify_phc_encoded(b"secret", one)


def test_one_salt_tells_passwords_apart() -> None:
    kept = passwords.digest("caf\u00e9")
    salt = passwords.salt_of(kept)
    assert passwords.same(passwords.digest("caf\u00e9", salt), kept)
    assert not passwords.same(passwords.digest("cafe", salt), kept)
