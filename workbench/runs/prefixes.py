"""The order of examples by which a server finds in its cache what their requests begin with.

vLLM keeps the beginnings of requests block by block, and lets go first of what was not asked for
longest. Questions about one document that lie far apart in a dataset would find it gone; side by
side they find it there.
"""

from collections.abc import Sequence
from itertools import chain
from os.path import commonprefix

from workbench.models.servers import SERVERS
from workbench.runs.plan import Plan, RowKey

SHARED = 400  # characters, about a hundred tokens: what less is shared is hardly worth an order


def grouped(texts: Sequence[str]) -> list[int]:
    """The numbers of texts, those together that go on alike where all have ceased to; groups, and
    the texts of a group, keep their order.
    """
    start = len(commonprefix(texts))  # noqa: RUF071 (of texts: characters are meant)
    groups: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        groups.setdefault(text[start : start + SHARED], []).append(number)
    return list(chain.from_iterable(groups.values()))


def by_prefix(plan: Plan, examples: Sequence[int]) -> Sequence[int]:
    """Examples of a plan by what their requests begin with, where a model's server keeps that."""
    if not any(model.server and SERVERS[model.server].keeps_prefixes for model in plan.models):
        return examples
    texts = [_beginning(plan, example) for example in examples]
    return [examples[number] for number in grouped(texts)]


def _beginning(plan: Plan, example: int) -> str:
    """What the first prompt says of an example, images aside."""
    messages = plan.request(plan.row(RowKey(0, 0, example, 0))).messages
    return "\n".join(each["content"] for each in messages if isinstance(each["content"], str))
