"""Certificates: built by profiles, linted, revoked, verified; and TLS handshakes, observed."""
