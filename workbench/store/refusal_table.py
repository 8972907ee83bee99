"""What endpoints refuse, as rows."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, select

from workbench.store.inserting import replace
from workbench.store.schema import refusal


def find(connection: Connection, since: float) -> dict[tuple[str, str], frozenset[str]]:
    """The features that were refused since a time, by endpoint and model id."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for row in connection.execute(select(refusal).where(refusal.c.at >= since)):
        name = (row.endpoint, row.model)
        found[name] = found.get(name, frozenset()) | {row.feature}
    return found


def add(
    connection: Connection, endpoint: str, model: str, features: Iterable[str], at: float
) -> None:
    """Note refusals; a later one takes the place of an earlier one."""
    named = {"endpoint": endpoint, "model": model, "at": at}
    replace(connection, refusal, [named | {"feature": feature} for feature in sorted(features)])


def drop(connection: Connection, endpoint: str, model: str, features: Iterable[str]) -> None:
    """Forget refusals: the endpoint was asked anew."""
    of_model = (refusal.c.endpoint == endpoint) & (refusal.c.model == model)
    connection.execute(delete(refusal).where(of_model, refusal.c.feature.in_(sorted(features))))
