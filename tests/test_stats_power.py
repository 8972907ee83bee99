"""What a claim on a number of rows can find: published chances, and a simulation beside them."""

import numpy as np
import pytest

from workbench import stats
from workbench.stats.power import Gain, chance_to_show

PUBLISHED = {40: (0.26, 0.17, 0.08), 80: (0.59, 0.50, 0.42), 200: (0.98, 0.97, 0.95)}


@pytest.mark.parametrize("rows", PUBLISHED)
def test_held_out_claims_find_what_is_published(rows):
    found = [chance_to_show(rows, 0.025 / 2**claim) for claim in (1, 2, 3)]
    assert found == pytest.approx(PUBLISHED[rows], abs=0.03)


def test_the_chance_is_what_simulated_claims_come_to():
    won, lost = Gain(0.5, 0.8, 0.2).chances
    random = np.random.default_rng(0)
    apart = random.choice([1.0, -1.0, 0.0], (4000, 30), p=[won, lost, 1 - won - lost])
    simulated = float((stats.p_mean_at_most(apart, 0, -1) < 0.0125).mean())
    assert chance_to_show(30, 0.0125, Gain(0.5, 0.8, 0.2)) == pytest.approx(simulated, abs=0.03)


def test_one_row_shows_nothing_and_none_is_refused():
    assert chance_to_show(1, 0.0125) == 0
    with pytest.raises(ValueError, match="a claim needs rows, not 0"):
        chance_to_show(0, 0.0125)
