"""Which acknowledgements are sent for what was settled, in any order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from messaging.on_nameko.settling import Tags


def test_what_is_settled_in_order_is_one_acknowledgement():
    """Up to the last of them; then nothing is left to say."""
    tags = Tags()
    for tag in (1, 2, 3):
        tags.settle(tag)
    assert tags.take() == (3, [])
    assert tags.take() == (0, [])


def test_one_that_is_still_worked_on_holds_up_nobody():
    """Those beyond it go one by one, and are not said again when it is done."""
    tags = Tags()
    for tag in (1, 3, 4):
        tags.settle(tag)
    assert tags.take() == (1, [3, 4])
    tags.settle(2)
    assert tags.take() == (2, [])
    tags.settle(5)
    assert tags.take() == (5, [])


def test_what_was_given_back_is_not_acknowledged():
    """The broker has it again."""
    tags = Tags()
    tags.settle(1, told=True)
    assert tags.take() == (0, [])


@given(st.permutations(range(1, 20)), st.sets(st.integers(1, 19)), st.sets(st.integers(0, 18)))
def test_nothing_is_acknowledged_before_it_is_settled(order: list[int], back: set[int], pauses: set[int]):
    """Whatever the order and the pauses: only settled tags, each once, and in the end all but those given back."""
    tags, settled, said = Tags(), set[int](), list[int]()
    outstanding = set(order)
    for number, tag in enumerate(order):
        tags.settle(tag, told=tag in back)
        settled.add(tag)
        outstanding -= {tag} & back
        if number in pauses or number == len(order) - 1:
            up_to, single = tags.take()
            covered = {one for one in outstanding if one <= up_to} | set(single)
            assert covered <= settled
            said += sorted(covered)
            outstanding -= covered
    assert sorted(said) == sorted(set(order) - back)
