"""Buckets and objects: what S3's API shows, and where services put what they export."""
