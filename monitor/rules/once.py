"""What is worked out when it is first asked for."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any


class _Once:
    """A `functools.cached_property` without its lock, which took longer than what is worked out; Python 3.12 has none.

    Where two threads ask at once it is worked out twice, alike.
    """

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self._work = work
        self.__doc__ = work.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, thing: Any, owner: type | None = None) -> Any:
        if thing is None:
            return self
        value = thing.__dict__[self._name] = self._work(thing)
        return value


if TYPE_CHECKING:
    once = cached_property
else:
    once = _Once
