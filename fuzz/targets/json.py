"""AWS JSON, for a made-up service."""

from __future__ import annotations

from collections.abc import Iterator

from fuzz.http import written
from fuzz.requests import checker

DOCUMENTS = (
    b'{"Text":"a","Color":"RED","Count":1,"Big":2,"Ratio":0.5,"Flag":true,"Data":"AAAA","When":1.5}',
    b'{"Texts":["a","b"],"Flat":["c"],"Counts":[1,null],"Map":{"RED":"a"},"Union":{"Text":"a"}}',
    b'{"Inner":{"Text":"a","Inner":{"Text":"b"}},"Inners":[{"Text":"c"}],"Nested":[[],[[]]]}',
    b'{"When":"2026-01-01T00:00:00Z","Inner":{"When":"Thu, 01 Jan 2026 00:00:00 GMT"}}',
)
TOKENS = (
    b'"Text":', b'"Color":', b'"Count":', b'"Big":', b'"Ratio":', b'"Flag":', b'"Data":', b'"When":',
    b'"Texts":[', b'"Map":{', b'"Union":{', b'"Inner":{', b'"Inners":[{', b'"Nested":[', b"null", b"NaN",
    b"1e999", b"-0", b"99999999999999999999", b'"\\ud800"', b'"\\ud83d\\ude00"', b"[[[[[[[[", b"]]]]]]]]",
    b"\xff\xfe", b"\xef\xbb\xbf", b'"NaN"', b"false", b'{"', b'"}', b'":"',
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    for document in (*DOCUMENTS, b"{}", b""):
        yield b"\0" + written("POST", "/", "", {}, document)
        yield b"\1" + written("POST", "/", "", {}, document)


check = checker("json", x_amz_target="Made.Do", content_type="application/x-amz-json-1.1")
