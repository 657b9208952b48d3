"""Keeping the program's own processes, coroutines and engines running."""
