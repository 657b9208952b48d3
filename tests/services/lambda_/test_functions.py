"""Functions, as they were registered."""

from __future__ import annotations

from typing import Any

import pytest

from forecourt.aws.errors import AwsError
from tests.harness import World

from .calls import fault
from .conftest import register


def test_described(lambda_: Any, echo: str) -> None:
    found = lambda_.get_function(FunctionName="echo")
    shown = found["Configuration"]
    assert shown["FunctionArn"] == echo
    assert (shown["Handler"], shown["Timeout"], shown["State"]) == ("examples:echo", 3, "Active")
    assert shown["Environment"]["Variables"] == {"SECRET": "s"}
    assert found["Code"]["Location"].startswith("file:///")
    assert lambda_.get_function_configuration(FunctionName=echo)["FunctionName"] == "echo"


@pytest.mark.parametrize(
    "name",
    [
        "echo",
        "{arn}",
        "000000000000:function:echo",
        "function:echo",
        "{arn}:$LATEST",
        "echo:$LATEST",
    ],
)
def test_by_each_of_its_names(lambda_: Any, echo: str, name: str) -> None:
    given = name.format(arn=echo)
    assert lambda_.get_function(FunctionName=given)["Configuration"]["FunctionArn"] == echo


def test_what_is_not_there(lambda_: Any, echo: str) -> None:
    for name in ("none", f"{echo}:1", echo.replace("us-east-1", "eu-west-1")):
        assert fault(lambda_.get_function, FunctionName=name) == "ResourceNotFoundException"
    versioned = fault(lambda_.get_function, FunctionName="echo", Qualifier="1")
    assert versioned == "ResourceNotFoundException"


def test_lists_and_deleting(world: World, lambda_: Any, echo: str) -> None:
    register(world, "another", "fail")
    page = lambda_.list_functions(MaxItems=1)
    assert [each["FunctionName"] for each in page["Functions"]] == ["another"]
    rest = lambda_.list_functions(Marker=page["NextMarker"])
    assert [each["FunctionName"] for each in rest["Functions"]] == ["echo"]
    lambda_.delete_function(FunctionName="another")
    assert fault(lambda_.delete_function, FunctionName="another") == "ResourceNotFoundException"


def test_registered_again(world: World, lambda_: Any, echo: str) -> None:
    assert register(world, "echo", "fail") == echo
    shown = lambda_.get_function_configuration(FunctionName="echo")
    assert shown["Handler"] == "examples:fail"
    for wrong in ({"Timeout": 0}, {"Timeout": 901}, {"MemorySize": 64}):
        with pytest.raises(AwsError):
            register(world, "echo", "fail", **wrong)
    with pytest.raises(AwsError):
        register(world, "a b", "fail")
