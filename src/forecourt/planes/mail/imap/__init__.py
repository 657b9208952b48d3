"""IMAP4rev1 (RFC 3501), the side that serves, without I/O."""

from . import access, folders, messages  # enter their commands into the table
from .session import Session, Settings

__all__ = ["Session", "Settings", "access", "folders", "messages"]
