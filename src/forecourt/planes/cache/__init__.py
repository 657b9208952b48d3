"""Caches on real engines: what their configuration is, how they are run, joined, promoted and asked."""
