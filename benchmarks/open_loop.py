"""How exactly does the load generator keep its schedule? Open load on the stub endpoint beside the
project (../shared), which is not kept here.

    python -m benchmarks.open_loop [--stub-python PYTHON] [--rates 250,500,1000] [--seconds 10]

For each rate: the generator's lag (how late requests were sent) at p50 and p99, whether it warns,
and the CPU that a request takes. The stub wants uvloop and orjson: `--stub-python` names a Python
that has them. It exits with 0 unless p99 of the lag exceeds 5 ms without a warning.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from benchmarks.simulation import SHARED
from workbench.models.call import Request
from workbench.models.model import Model
from workbench.models.open_loop import OpenLoop
from workbench.serving import Bounds, Step
from workbench.serving.level import LATE_SECONDS, Level, measured
from workbench.stats.arrivals import gamma_arrivals

STUB = SHARED / "bench" / "stub.py"
WARM_UP = 2.0  # seconds, in which connections are made


@contextmanager
def stub(python: str, port: int) -> Iterator[Model]:
    """A stub that answers every request in pieces after 50 ms."""
    options = ["--port", str(port), "--latency-ms", "50", "--no-track"]
    process = subprocess.Popen([python, str(STUB), *options], stdout=subprocess.DEVNULL)
    try:
        time.sleep(1.5)
        yield Model("stub", id="stub", base_url=f"http://127.0.0.1:{port}/v1")
    finally:
        process.terminate()
        process.wait()


async def loaded(model: Model, rate: float, seconds: float) -> tuple[Level, float]:
    """The level of a rate, and the milliseconds of CPU that a request took here."""
    step = Step(rate, "ladder", seconds, WARM_UP, 0.5)
    due = gamma_arrivals(rate, step.whole, np.random.default_rng(0))
    asked = [Request(model, [{"role": "user", "content": f"note {n}"}]) for n in range(len(due))]
    async with OpenLoop(model) as loop:
        calls = [loop.sent(each) for each in asked]
        await loop.greet(asked[0])
        began = time.process_time()
        poured = await loop.pour(due.tolist(), calls, step.warm_up + step.seconds)
        cpu = 1000 * (time.process_time() - began) / len(due)
    return measured(step, poured.answered(), Bounds()), cpu


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stub-python", default=sys.executable)
    parser.add_argument("--rates", default="250,500,1000")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--port", type=int, default=8399)
    given = parser.parse_args()
    print("rate  due  answered  lag p50 ms  lag p99 ms  warns  CPU ms a request  e2el p50 ms")
    exceeded = 0
    with stub(given.stub_python, given.port) as model:
        for rate in map(float, given.rates.split(",")):
            level, cpu = asyncio.run(loaded(model, rate, given.seconds))
            exceeded += level.lag.p99 > LATE_SECONDS and not level.late
            lags = f"{1000 * level.lag.median:10.2f}  {1000 * level.lag.p99:10.2f}"
            known = f"{rate:4.0f} {level.due:5} {level.answered:9}  {lags}  {level.late!s:5}"
            print(f"{known}  {cpu:16.3f}  {1000 * level.e2el.median:11.1f}", flush=True)
    return int(exceeded > 0)


if __name__ == "__main__":
    sys.exit(main())
