"""Tags of functions."""

from __future__ import annotations

from typing import Any

from .calls import fault


def test_tags(lambda_: Any, echo: str) -> None:
    lambda_.tag_resource(Resource=echo, Tags={"a": "1", "b": "2"})
    lambda_.untag_resource(Resource=echo, TagKeys=["a", "c"])
    assert lambda_.list_tags(Resource=echo)["Tags"] == {"b": "2"}
    assert lambda_.get_function(FunctionName="echo")["Tags"] == {"b": "2"}
    many = {str(n): "" for n in range(51)}
    assert fault(lambda_.tag_resource, Resource=echo, Tags=many) == "InvalidParameterValueException"
