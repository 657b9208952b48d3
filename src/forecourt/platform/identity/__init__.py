"""Accounts, their access keys, and how a request proves that it holds one."""
