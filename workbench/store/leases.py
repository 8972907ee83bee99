"""Which run is at work on which call, so that two processes never make the same one."""

import os
import socket
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, bindparam, delete, func, select, update

from workbench.store.inserting import insert_new, remove
from workbench.store.schema import lease, owner

BEAT_SECONDS = 3.0  # an owner says that often that it lives
DEAD_SECONDS = 15.0  # an owner that was silent that long is dead; another run takes over its calls
FORGOTTEN_SECONDS = 86400.0


@cache
def host() -> str:
    """This machine and its table of processes: where a process number means the same process."""
    parts = [socket.gethostname()]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        try:
            parts.append(
                os.readlink(path) if path.endswith("ns/pid") else Path(path).read_text().strip()
            )
        except OSError:  # not Linux: the name alone
            continue
    return " ".join(parts)


def clock(connection: Connection) -> float:
    """The time that all owners share: the server's, or this machine's."""
    if connection.dialect.name == "postgresql":
        return float(
            connection.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one()
        )
    return time.time()


def enroll(connection: Connection, name: str) -> None:
    """Begin to be an owner of leases, and forget those who died long ago."""
    now = clock(connection)
    connection.execute(delete(owner).where(owner.c.beat < now - FORGOTTEN_SECONDS))
    connection.execute(delete(lease).where(lease.c.owner.not_in(select(owner.c.id))))
    connection.execute(owner.insert().values(id=name, host=host(), process=os.getpid(), beat=now))


def beat(connection: Connection, name: str) -> None:
    connection.execute(update(owner).where(owner.c.id == name).values(beat=clock(connection)))


def leave(connection: Connection, name: str) -> None:
    """Give back every lease."""
    connection.execute(delete(lease).where(lease.c.owner == name))
    connection.execute(delete(owner).where(owner.c.id == name))


def claim(connection: Connection, name: str, keys: Sequence[bytes]) -> set[bytes]:
    """Those of the keys that this owner now works on; the others are another live owner's."""
    keys = sorted(keys)  # in one order everywhere, so that two claims cannot wait for each other
    if insert_new(connection, lease, [{"key": key, "owner": name} for key in keys]) == len(keys):
        return set(keys)
    holders = dict(connection.execute(_HOLDERS, {"keys": keys}).all())
    dead = orphans(connection, set(holders.values()) - {name})
    for orphan in dead:
        connection.execute(_TAKE_OVER, {"dead": orphan, "name": name, "keys": keys})
    if dead:  # another may have been quicker
        holders = dict(connection.execute(_HOLDERS, {"keys": keys}).all())
    return {key for key, holder in holders.items() if holder == name}


_HOLDERS = select(lease.c.key, lease.c.owner).where(
    lease.c.key.in_(bindparam("keys", expanding=True))
)
_TAKE_OVER = (
    update(lease)
    .where(lease.c.key.in_(bindparam("keys", expanding=True)), lease.c.owner == bindparam("dead"))
    .values(owner=bindparam("name"))
)


def release(connection: Connection, keys: Sequence[bytes]) -> None:
    remove(connection, lease.c.key, keys)


def release_own(connection: Connection, name: str, keys: Sequence[bytes]) -> bool:
    """Release keys of which the calls have returned; whether this owner still held them all, or was
    taken for dead.
    """
    if remove(connection, lease.c.key, keys, {lease.c.owner: name}) == len(keys):
        return True
    release(connection, keys)
    return False


def orphans(connection: Connection, names: set[str]) -> set[str]:
    """Those of the owners that are dead."""
    if not names:
        return set()
    now = clock(connection)
    rows = connection.execute(select(owner).where(owner.c.id.in_(names)))
    return names - {row.id for row in rows if lives(row.host, row.process, row.beat, now)}


def lives(where: str, process: int, last_beat: float, now: float) -> bool:
    """Whether a process that last said so at a time is there."""
    if where == host():
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # another user's, alive
            pass
    return now - last_beat < DEAD_SECONDS
