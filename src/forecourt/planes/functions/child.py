"""The process a function runs in: reads one event from standard input, writes one answer to a pipe.

    python child.py ANSWER_FD HANDLER MEMORY_MIB < event

It imports nothing of ours: what it runs is somebody else's.
"""

import importlib
import json
import os
import resource
import sys
import time
import traceback


class Context:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = "$LATEST"
        self.invoked_function_arn = os.environ["_FUNCTION_ARN"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.aws_request_id = os.environ["_REQUEST_ID"]
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "local"
        self.identity = self.client_context = None
        self._until = time.monotonic() + float(os.environ["_TIMEOUT"])

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._until - time.monotonic()) * 1000))


def main() -> None:
    answer, handler, memory = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (memory << 20, memory << 20))
    event = json.loads(sys.stdin.buffer.read())
    failed = b"0"
    try:
        separator = ":" if ":" in handler else "."
        module, _, name = handler.rpartition(separator)
        found = getattr(importlib.import_module(module.replace("/", ".")), name)
        body = json.dumps(found(event, Context()))
    except BaseException as error:  # noqa: BLE001  whatever it raises is told
        failed = b"1"
        body = json.dumps(
            {
                "errorMessage": str(error),
                "errorType": type(error).__name__,
                "requestId": os.environ["_REQUEST_ID"],
                "stackTrace": traceback.format_tb(error.__traceback__)[1:],
            }
        )
        print(f"[ERROR] {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
    sys.stdout.flush()
    data = memoryview(failed + body.encode())
    while data:
        data = data[os.write(answer, data) :]
    os._exit(0)


if __name__ == "__main__":
    main()
