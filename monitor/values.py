"""Dataclasses that cost a third to define and less to make: what a command does not compile, it does not wait for.

`dataclasses` compiles six methods for each frozen class, 0.6 ms of Python 3.11, and there are 270 classes; a frozen
`__init__` sets each field through `object`. Here only a plain `__init__` is compiled, and the other methods are shared.
That values do not change is what the type checker sees to, for which this is `dataclasses.dataclass`.
"""

import dataclasses
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

Equal = Callable[[object, object], bool]
Hashed = Callable[[object], int]

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, *, frozen=False, eq=True, **options):
        """Return what makes a class a dataclass: equal where its fields are, and to be hashed where it is `frozen`."""

        def make(cls):
            made = dataclasses.dataclass(repr=False, eq=False, **options)(cls)
            if "__repr__" not in vars(made):
                made.__repr__ = _repr
            if eq and "__eq__" not in vars(made):
                made.__eq__, made.__hash__ = _equality(dataclasses.fields(made), hashable=frozen)
            return made

        return make if cls is None else make(cls)


def _repr(self: object) -> str:
    shown = (f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self) if one.repr)  # type: ignore[arg-type]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _equality(fields: Iterable[dataclasses.Field[Any]], *, hashable: bool) -> tuple[Equal, Hashed | None]:
    names = [field.name for field in fields if field.compare]
    compared: Callable[[object], Any] = attrgetter(*names) if names else lambda value: ()

    def equal(self: object, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(compared(self))

    return equal, hashed if hashable else None
