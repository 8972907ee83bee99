"""What local servers say of their work while a run goes on."""

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.models.entry import ModelEntry
from workbench.models.servers import SERVERS

if TYPE_CHECKING:
    from workbench.models.servers.load import Load, Pace

LOOK_SECONDS = 1.0


class Meter:
    """Looks at the servers of models now and then; `paces` is what they did of late."""

    def __init__(self, models: Iterable[ModelEntry]) -> None:
        told = (model for model in models if model.server and SERVERS[model.server].tells_load)
        self._models = {model.endpoint: model for model in told}
        self._first: dict[str, Load] = {}
        self._paces: dict[str, Pace] = {}

    @property
    def paces(self) -> "tuple[Pace, ...]":
        return tuple(self._paces.values())

    async def follow(self) -> None:
        """Look again and again, until it is cancelled."""
        if not self._models:
            return
        from workbench.models.servers import supervision  # here: most runs start no server
        from workbench.models.servers.load import Pace

        while True:
            for endpoint, model in self._models.items():
                if load := await supervision.load(model):
                    first = self._first.setdefault(endpoint, load)
                    self._paces[endpoint] = Pace.between(model.name, first, load)
                    self._first[endpoint] = load
            await asyncio.sleep(LOOK_SECONDS)
