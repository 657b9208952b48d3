"""What CloudWatch answers to what is no alarm and no query: an error its model does not declare."""

from forecourt.aws.errors import AwsError, common

ValidationError = common("ValidationError", 400)


def invalid(text: str) -> AwsError:
    return ValidationError(text)
