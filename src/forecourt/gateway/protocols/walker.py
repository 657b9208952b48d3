"""One walk over shapes, for every format and both directions.

A format says what to do with each kind of shape; the walker makes, once for each shape, the
function that does it to a value.

    parse = Walker({"structure": structure, "list": sequence, ...}, scalar)(operation.input_shape)
    params = parse(node)                    # what could be decided before, was

A walker is good for the shapes of one service: names are unique only there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from botocore.model import Shape

F = TypeVar("F", bound=Callable[..., Any])


class Walker(Generic[F]):
    def __init__(
        self,
        kinds: Mapping[str, Callable[[Walker[F], Any], F]],
        scalar: Callable[[Walker[F], Any], F],
    ) -> None:
        self._kinds, self._scalar = kinds, scalar
        self._made: dict[tuple[str, str], F] = {}

    def __call__(self, shape: Shape) -> F:
        # Two references to one shape may differ in how they are written out.
        key = (shape.name, repr(shape.serialization))
        if key not in self._made:
            # A shape inside itself finds this, and by the time it is called, the real one.
            self._made[key] = lambda *args: self._made[key](*args)  # type: ignore[assignment]
            make = self._kinds.get(shape.type_name, self._scalar)
            self._made[key] = make(self, shape)
        return self._made[key]
