"""Whether users leave one arm: what is left of it is easier to please, so that a worse answer looks
better the more it drives away.
"""

from workbench.release.arm_traffic import Traffic
from workbench.release.earlier import histories
from workbench.release.measures import MEASURES, Effect
from workbench.stats.user_ratios import adjusted_difference

ENGAGEMENT = MEASURES["engagement"]


def staying(traffic: Traffic, day: int) -> Effect:
    """On how many more of the days after their first users of the challenger came back, to date at
    the end of a day, less what their histories explain.
    """
    seen = ENGAGEMENT.seen_in(traffic)
    rows = seen.rows(0, day)
    came, could = (seen.summed(each, rows) for each in ENGAGEMENT.parts(seen))
    before = histories(seen, ENGAGEMENT)
    return adjusted_difference(came, could, seen.is_challenger, before)
