"""Rows, work, feed and blobs: the only place where operations, reconcilers and planes meet."""
