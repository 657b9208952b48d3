"""The program of a role's process: `python -m forecourt.roles NAME DESCRIPTOR`.

The descriptor is the supervisor's channel: it brings the configuration and the sockets, and its end
means that the supervisor is gone.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import socket
import sys

from forecourt import config
from forecourt.processes import logs
from forecourt.processes.channel import Channel


def main() -> None:
    name, descriptor = sys.argv[1], int(sys.argv[2])
    channel = Channel(socket.socket(fileno=descriptor))
    first = channel.receive()
    if first is None:
        return
    message, _ = first
    settings = config.load(message["config"])
    logs.start(f"{name}-{message['index']}")
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.data / "run" / "metrics")
    sockets = []
    for _ in range(message["sockets"]):
        if (received := channel.receive()) is None or received[1] is None:
            return
        sockets.append((received[0]["socket"], received[1]))
    try:
        importlib.import_module(f"forecourt.roles.{name}").run(settings, channel, sockets)
    except KeyboardInterrupt:
        return
    except Exception as error:
        logging.getLogger(__name__).exception("%s failed", name)
        with contextlib.suppress(OSError):
            channel.send({"failed": str(error)})
        sys.exit(1)


if __name__ == "__main__":
    main()
