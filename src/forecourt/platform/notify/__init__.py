"""Topics and who is told of what is published to them: SNS's API shows it, services publish to it."""
