"""Contexts of TLS servers for tests."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from cryptography import x509

from forecourt.planes.tls.building import pem
from forecourt.platform.certificates.listeners import private_pem


def context_for(folder: Path, key: Any, *chain: x509.Certificate) -> ssl.SSLContext:
    folder.mkdir(exist_ok=True)
    (folder / "chain").write_text(pem(*chain))
    (folder / "key").write_bytes(private_pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain", folder / "key")
    return context
