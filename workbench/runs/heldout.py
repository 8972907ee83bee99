"""Rows that are held back: what they are in the ledger, and whether anybody saw their answers."""

from collections.abc import Sequence

from workbench.datasets import Example
from workbench.errors import WorkbenchError
from workbench.store import Store
from workbench.store.ledger import row_content, row_hashes


def rows_of(examples: Sequence[Example]) -> bytes:
    """The rows of a dataset, in the form that the ledger keeps."""
    return row_hashes(row_content(each.id, each.inputs) for each in examples)


def all_seen(store: Store, examples: Sequence[Example]) -> bool:
    """Whether answers to all of these were seen, in another run or since the rows were opened."""
    rows = rows_of(examples)
    return store.seen(rows) == rows


def hidden(what: str) -> WorkbenchError:
    """Why something of a run on held-out rows is not shown."""
    return WorkbenchError(
        f"{what} would show answers to rows that are held back, and these settle a claim only "
        "while nobody has seen them: wb.compare says one word of them; run.open() shows all and "
        "ends the claims on them"
    )
