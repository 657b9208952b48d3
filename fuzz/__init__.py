"""Parsers fed with bytes made to break them: `make fuzz`, or `python -m fuzz.run --seconds 30`.

A target is a module of fuzz/targets with three names:

    seeds() -> Iterator[bytes]    inputs to start from
    TOKENS: tuple[bytes, ...]     words the fuzzer may put in
    check(data: bytes) -> None    raises on anything but what the parser may say

run.py finds each by its name, gives it to atheris in a process of its own, and says how far it came.
"""
