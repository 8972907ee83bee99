"""Letters to a kitchen shop with answers that rest on them and answers that are made up, for logs
of a release that a critic reads; and a script of such a critic.
"""

import hashlib
from typing import Protocol

GROUNDED = (
    ("I ordered two forks and a spoon. The spoon is not in the parcel.",
     "I am sorry that the spoon was not in your parcel."),
    ("Please send my order 4471 to 5 Mill Lane, Leeds, and not to the old address.",
     "Order 4471 will go to 5 Mill Lane, Leeds."),
    ("The lid of the blue pot came with a chip in it. I should like another one.",
     "I am sorry about the chip in the lid; you would like another one, and I pass that on."),
    ("My invoice shows the coffee machine twice, and I bought only one.",
     "Your invoice shows it twice although you bought one: I pass this on to be put right."),
    ("Thank you for the quick help with the scales. They work again.",
     "I am glad that your scales work again."),
    ("I moved out in March and still get your catalogue. Please stop sending it.",
     "I have noted that you no longer want the catalogue."),
)  # fmt: skip
MADE_UP = (
    ("I ordered two forks and a spoon. The spoon is not in the parcel.",
     "Your spoon left our warehouse this morning by express and comes with a voucher of $20."),
    ("Please send my order 4471 to 5 Mill Lane, Leeds, and not to the old address.",
     "Order 4471 was delivered to your old address on Tuesday and signed for by a neighbour."),
    ("The lid of the blue pot came with a chip in it. I should like another one.",
     "All our pots have a guarantee of ninety years, and a courier brings yours at noon."),
    ("My invoice shows the coffee machine twice, and I bought only one.",
     "You bought the second machine on the 3rd in our shop in Leeds, as our till shows."),
)  # fmt: skip
WRONG = 0.1  # of the script's verdicts


class Asked(Protocol):
    """A request as `serve` hands it to its script."""

    @property
    def text(self) -> str: ...


def doubter(ask: Asked) -> str:
    """A critic for `serve`: says no to what is made up here, and is wrong once in ten."""
    made_up = any(answer in ask.text for _, answer in MADE_UP)
    drawn = hashlib.blake2b(ask.text.encode(), digest_size=2).digest()
    slips = int.from_bytes(drawn, "big") < WRONG * 2**16
    return "no" if made_up != slips else "yes"
