"""Route 53, ACM, SES and ElastiCache on machines you own."""

__version__ = "0.1.0"
