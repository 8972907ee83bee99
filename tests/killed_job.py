"""A run in a process of its own, to be killed: `killed_job.py STORE N CONCURRENCY ACKNOWLEDGED
[--old-sqlite]`.

Every tick it writes down which answers it was shown, so that a test can ask whether any of them was
lost.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

PROMPT = "---\nname: v1\ninputs: [{name: text, kind: string}]\n---\nuser:\n{{ text }}\n"
CRITIC = "---\nname: good\nmetadata: {fence: false}\n---\nsystem:\nCRITIC\nuser:\n{{ output }}\n"


def job(folder: Path, n: int, concurrency: int, url: str):
    """Everything that `run` is called with, but for the store."""
    import workbench as wb

    for name, text in (("v1", PROMPT), ("good", CRITIC)):
        path = folder / f"{name}.prompty"
        if not path.exists():
            path.write_text(text)
    from workbench.models.entry import Price

    model = wb.Model("m", "m", url, max_concurrency=concurrency, price=Price(0, 0))
    examples = [wb.Example(f"e{number}", {"text": f"note {number}"}) for number in range(n)]
    return (
        wb.load_prompt(folder / "v1.prompty"),
        examples,
        model,
        [wb.Rubric.load(folder / "good.prompty", model)],
    )


def shown(run, _progress) -> None:
    """Acknowledge: what a user could have seen by now."""
    columns = zip(
        *(run.columns[name] for name in ("example", "status", "output", "good")), strict=True
    )
    rows = {
        example: [output, score] for example, status, output, score in columns if status == "ok"
    }
    path = Path(sys.argv[4])
    path.with_suffix(".new").write_text(json.dumps(rows))
    os.replace(path.with_suffix(".new"), path)


def main() -> None:
    # a shell that runs the tests in the background has its children ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "--old-sqlite" in sys.argv:
        sys.modules["pysqlite3"] = None  # type: ignore[assignment]  as on a machine without that wheel
    from workbench import runs

    store, n, concurrency, acknowledged = sys.argv[1:5]
    runs.watchers.append(shown)
    made = job(Path(acknowledged).parent, int(n), int(concurrency), os.environ["OPENAI_BASE_URL"])
    done = asyncio.run(runs.run(*made, store=store))
    print(json.dumps(done.counts))


if __name__ == "__main__":
    main()
