"""What EC2 says of parameters that break its model: only of the first, and in words of its own.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecourt.aws.errors import AwsError, common

from .validation import NOT_NULL, java

if TYPE_CHECKING:
    from .validation import Problem

Missing = common("MissingParameter", 400)
Invalid = common("InvalidParameterValue", 400)
# The start of a constraint, and what comes before its number in EC2's words.
RANGES = {
    "Member must have value greater than or equal to ": "Expecting a value greater than ",
    "Member must have value less than or equal to ": "Expecting a value less than ",
}


def refusal(problem: Problem) -> AwsError:
    """The error for a parameter."""
    if problem.constraint == NOT_NULL:
        return Missing(f"The request must contain the parameter {problem.path}")
    said = f"Value ( {java(problem.value)} ) for parameter {problem.path} is invalid."
    for start, words in RANGES.items():
        if problem.constraint.startswith(start):
            return Invalid(f"{said} {words}{problem.constraint.removeprefix(start)}.")
    return Invalid(said)
