"""May this critic be believed: its card, what leads it astray, and what another critic would
decide.
"""

from workbench.cards.biases import Bias
from workbench.cards.card import Card, trust
from workbench.cards.cascading import Cascaded, cascade
from workbench.cards.flags import Flag
from workbench.cards.migration import Migration, compare_critics

__all__ = ["Bias", "Card", "Cascaded", "Flag", "Migration", "cascade", "compare_critics", "trust"]
