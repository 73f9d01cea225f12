"""Results come in order, once each while held, and a bounded number of them."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexqa.errors import MediaError
from flexqa.read_ahead import ReadAhead

KEYS = st.lists(st.integers(0, 6), max_size=30)


@given(expected=KEYS, asked=KEYS, kept=st.integers(1, 4), ahead=st.integers(0, 4))
def test_whatever_is_expected_the_answer_is_right(
    expected: list[int], asked: list[int], kept: int, ahead: int
) -> None:
    reader = ReadAhead[int, int](lambda k: k * k, kept=kept, ahead=ahead)
    reader.expect(expected)
    assert [reader(k) for k in asked] == [k * k for k in asked]
    assert reader.reads >= len(set(asked))
    reader.close()


@given(groups=st.lists(st.integers(1, 4), max_size=12), ahead=st.integers(0, 4))
def test_each_key_is_read_once_when_they_come_together(groups: list[int], ahead: int) -> None:
    keys = [i for i, n in enumerate(groups) for _ in range(n)]
    reader = ReadAhead(str, kept=1, ahead=ahead)
    reader.expect(keys)
    assert [reader(k) for k in keys] == [str(k) for k in keys]
    assert reader.reads == len(groups)
    reader.close()


def test_the_next_is_made_while_one_is_used() -> None:
    begun = [threading.Event() for _ in range(5)]

    def read(key: int) -> int:
        begun[key].set()
        return key

    reader = ReadAhead(read, kept=1, ahead=2)
    taken: list[int] = []

    def keys() -> Iterator[int]:
        for key in range(5):
            taken.append(key)
            yield key

    reader.expect(keys())
    assert reader(0) == 0
    assert begun[1].wait(5)
    assert begun[2].wait(5)
    assert max(taken) == 2
    assert not begun[3].is_set()
    reader.close()


def test_nothing_ahead_is_made_by_who_asks() -> None:
    reader = ReadAhead[int, threading.Thread](lambda _: threading.current_thread(), kept=2, ahead=0)
    reader.expect(range(3))
    assert reader(0) is threading.current_thread()
    assert reader.reads == 1


@pytest.mark.parametrize(("ahead", "fault"), [(0, MediaError), (1, MediaError), (1, ValueError)])
def test_a_fault_is_found_once_and_raised_each_time(ahead: int, fault: type[Exception]) -> None:
    def read(key: str) -> str:
        raise fault(key)

    reader = ReadAhead(read, kept=2, ahead=ahead)
    for _ in range(3):
        with pytest.raises(fault, match="broken"):
            reader("broken")
    assert reader.reads == 1
    reader.close()
