"""Parameters that many operations share.

DryRun: the operation is carried out, and undone by the error that says it would have worked; what takes
long is not begun.  Recipient asks for the attestation of an enclave, which there is none of here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forecourt.aws.errors import NotImplemented_
from forecourt.platform.keys.stored import errors

if TYPE_CHECKING:
    from forecourt.aws.operations import Operation, Operations

NOT_HERE = ("DryRunModifiers", "Recipient")


def honouring(ops: Operations) -> Operations:
    """A table whose operations honour them, in place."""
    ops.table = {name: honoured(operation) for name, operation in ops.table.items()}
    return ops


def honoured(operation: Operation) -> Operation:
    handler = operation.handler

    def run(tx: Any, req: Any, *prepared: Any) -> Any:
        for name in NOT_HERE:
            if req.get(name):
                raise NotImplemented_(f"{name} of {operation.name} is not implemented.")
        answer = handler(tx, req, *prepared)
        if req.get("DryRun"):
            raise errors.DryRunOperationException(
                "The request would have succeeded, but the DryRun option is set."
            )
        return answer

    return replace(operation, handler=run)
