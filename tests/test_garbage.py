"""While a run works, Python searches for garbage seldom; afterwards all is as it was."""

import gc

import pytest

from workbench.garbage import SELDOM, seldom_collecting


@pytest.fixture(autouse=True)
def as_python_begins():
    found = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.unfreeze()
    gc.enable()
    gc.set_threshold(*found)


def test_it_is_set_back_whatever_happens():
    with pytest.raises(ValueError, match="as asked"), seldom_collecting():
        assert gc.get_threshold() == (SELDOM, 10, 10)
        assert gc.get_freeze_count() > 1000
        raise ValueError("as asked")
    assert gc.get_threshold() == (700, 10, 10)
    assert gc.get_freeze_count() == 0


def test_of_two_at_once_the_last_one_sets_it_back():
    first, second = seldom_collecting(), seldom_collecting()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold() == (SELDOM, 10, 10)
    second.__exit__(None, None, None)
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("own", [(0, 10, 10), (50_000, 5, 5)])
def test_what_a_user_has_set_himself_stays(own):
    gc.set_threshold(*own)
    with seldom_collecting():
        assert gc.get_threshold() == own
    assert gc.get_threshold() == own
