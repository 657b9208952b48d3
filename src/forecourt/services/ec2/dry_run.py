"""DryRun: an operation is carried out, and undone by the error that says it would have worked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import common

if TYPE_CHECKING:
    from forecourt.aws.operations import Operation, Operations

DryRunOperation = common("DryRunOperation", 412)


def honouring(ops: Operations) -> Operations:
    """A table whose operations honour DryRun, in place."""
    ops.table = {name: honoured(operation) for name, operation in ops.table.items()}
    return ops


def honoured(operation: Operation) -> Operation:
    handler = operation.handler

    def run(tx: Any, req: Any) -> Any:
        answer = handler(tx, req)
        if req.get("DryRun"):
            raise DryRunOperation("Request would have succeeded, but DryRun flag is set.")
        return answer

    return replace(operation, handler=run)
