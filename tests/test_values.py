"""Dataclasses of `monitor.values`, held against the standard's."""

import copy
import dataclasses
import pickle
from dataclasses import field, fields, is_dataclass, replace

import pytest

from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A value with all that fields can be."""

    name: str
    seen: int = field(default=0, compare=False)
    secret: str = field(default="", repr=False)
    words: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """The same, by the standard library."""

    name: str
    seen: int = field(default=0, compare=False)
    secret: str = field(default="", repr=False)
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class Growing:
    """A value that changes: it cannot be a key."""

    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Nothing:
    """A value without fields."""


def test_values_say_and_compare_as_the_standard_ones_do() -> None:
    given = {"name": "harbour", "seen": 3, "secret": "hidden", "words": ("fire",)}
    ours, standard = Place(**given), Standard(**given)  # type: ignore[arg-type]
    assert repr(ours) == repr(standard).replace("Standard", "Place")
    assert hash(ours) == hash(standard)
    assert ours == replace(ours, seen=7)
    assert ours != replace(ours, words=())
    assert {ours, replace(ours, seen=8), replace(ours, secret="other")} == {
        ours,
        replace(ours, secret="other"),
    }
    assert [one.name for one in fields(ours)] == [one.name for one in fields(standard)]
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(dataclasses.make_dataclass("N", [], frozen=True)())
    assert repr(Nothing()) == "Nothing()"


def test_values_are_copied_and_carried_to_other_processes() -> None:
    ours = Place(name="harbour", words=("fire",))
    assert pickle.loads(pickle.dumps(ours)) == copy.deepcopy(ours) == ours
    assert is_dataclass(Place)
    assert dataclasses.asdict(ours)["words"] == ("fire",)


def test_what_changes_has_no_hash_and_what_has_slots_takes_no_others() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Growing())
    with pytest.raises(AttributeError):
        Growing().others = 1  # type: ignore[attr-defined]
    assert Growing().words is not Growing().words
