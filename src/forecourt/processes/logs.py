"""One stream of log lines: for people on a terminal, JSON elsewhere; a request id where there is one."""

from __future__ import annotations

import json
import logging
import os
import sys
import time


class ForPeople(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s {process:<9} %(levelname)-7s %(message)s", "%H:%M:%S")


class ForMachines(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := getattr(record, "request_id", None):
            line["request_id"] = request_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def start(process: str, level: int = logging.INFO) -> None:
    """Log to standard error, as the program named."""
    handler = logging.StreamHandler()
    people = sys.stderr.isatty() or os.environ.get("FORECOURT_LOG") == "human"
    handler.setFormatter(ForPeople(process) if people else ForMachines(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("alembic", "asyncio", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
