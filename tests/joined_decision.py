"""What one machine decides: `joined_decision.py STORE URL FOLDER`, joined by WORKBENCH_JOIN; it
compares two prompts and prints its decision, below how many calls it made itself.
"""

import asyncio
import os
import sys
from pathlib import Path

PROMPT = "---\nname: {0}\ninputs: [{{name: text, kind: string}}]\n---\nuser:\n{0}: {{{{ text }}}}\n"
CRITIC = "---\nname: good\nmetadata: {fence: false}\n---\nsystem:\nCRITIC\nuser:\n{{ output }}\n"
N, CONCURRENCY = 60, 8


async def decided(store, url: str, folder: Path) -> tuple[int, str]:
    """How many calls this process made, and the bytes of its decision as text."""
    import workbench as wb
    from workbench.files import canonical
    from workbench.models.entry import Price

    model = wb.Model("m", "m", url, max_concurrency=CONCURRENCY, price=Price(1, 1))
    prompts = [wb.load_prompt(folder / f"{name}.prompty") for name in ("v1", "v2")]
    examples = [wb.Example(f"e{number}", {"text": f"note {number}"}) for number in range(N)]
    critics = [wb.Rubric.load(folder / "good.prompty", model)]
    run = await wb.run(prompts, examples, model, critics, store=store)
    decision = wb.compare(run, "good", baseline="v1").decision()
    return run.calls - run.by_others, canonical(decision).decode()


def write(folder: Path) -> None:
    """The prompts of the job."""
    texts = {name: PROMPT.format(name) for name in ("v1", "v2")} | {"good": CRITIC}
    for name, text in texts.items():
        (folder / f"{name}.prompty").write_text(text)


def main() -> None:
    store, folder = sys.argv[1:]
    done = asyncio.run(decided(store, os.environ["OPENAI_BASE_URL"], Path(folder)))
    print(*done, sep="\n")


if __name__ == "__main__":
    main()
