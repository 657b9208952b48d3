"""Certificates that several services stand on: authorities, revocation, uses, and our own listeners'."""
