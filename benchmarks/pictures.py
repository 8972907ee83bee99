"""What the pictures of docs/ show: each is drawn by the product, from made-up rows and played
models. Where a page's own code makes something, its picture shows that.
"""

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import workbench as wb
from benchmarks import diagrams, played
from workbench import testing
from workbench.files import write_whole
from workbench.models.entry import Price
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.scaffold import scaffold
from workbench.sections.style import view_style

# isort: split
# what the tests' pages and runs are made with
from front_end import HOSTILE
from other_results import promptfoo, promptfoo_row
from pages import python_of, run_cell, text_of
from sample_runs import triage_run
from test_tutorial import blocks
from test_tutorial import script as refunds
from two_days import both_days, days

Drawn = str | Path  # HTML, or a page of the product
Draw = Callable[[testing.Server], Awaitable[Drawn]]
DECISIONS = {  # pages on a word: under which name their code leaves it, and pixels of it
    "better": ("choice", 900), "tie": ("choice", 900), "need-more": ("choice", 900),
    "inconclusive": ("choice", 900), "exploring": ("choice", 900), "ships": ("choice", 900),
    "gate": ("checked", 900), "critic": ("card", 410), "tried": ("tried", 450),
    "released": ("trial", 655), "improved": ("made", 900), "hosted": ("pays", 530),
}  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One picture: who draws it, which part of it is kept, at most so many pixels of it, and what
    is clicked before.
    """

    draw: Draw
    part: str = "body"  # a CSS selector
    most: int = 900
    width: int = 920
    click: str = ""


def shown(noun: Any, *beside: Any) -> str:
    """The view of a noun, as a notebook keeps it."""
    return wb.show(noun, *beside).static()["text/html"]


def left_by(page: str, name: str, *given: str) -> Draw:
    """The view of what the page's code leaves first under a name; `given` are names that it
    speaks of without having made them.
    """

    async def draw(server: testing.Server) -> str:
        task = await shipped_task(server, compared="run" in given) if given else {}
        known = {"wb": wb, **{each: task[each] for each in given}}
        for block in python_of(text_of(page)):
            await run_cell(block.text, known)
            if name in known:
                break
        return shown(known[name])

    return draw


async def shipped_task(server: testing.Server, *, compared: bool = True) -> dict[str, Any]:
    """The shipped task, and its run; nobody has looked at it."""
    made: dict[str, Any] = {
        "prompts": wb.load_prompts("prompts/triage"),
        "examples": wb.load_examples("datasets/triage.jsonl", limit=120),
        "actor": server.model("actor", price=Price(0.4, 1.6)),
        "judge": wb.Rubric.load(
            "prompts/critics/right_label.prompty", wb.model("critic"), name="good"
        ),
    }
    if compared:
        critics = [made["judge"], wb.Exact("label")]
        run = await wb.run(made["prompts"], made["examples"], made["actor"], critics)
        made["run"] = run
    return made


async def recorded(server: testing.Server) -> Path:
    """The shipped notebook, answered from its recording of the embedded model."""
    return await asyncio.to_thread(replayed)


def replayed() -> Path:
    shutil.copytree(played.ROOT / "recordings", "recordings")
    shutil.copy(played.ROOT / "models.yaml", "models.yaml")
    typed = [sys.executable, "-m", "workbench", "run", "notebooks/2_evaluate.ipynb", "--offline"]
    subprocess.run([*typed, "-o", "out"], check=True, capture_output=True)
    return Path("out/report.html").absolute()


async def staged(server: testing.Server) -> Path:
    """The page of a project: what its stages left."""
    made = await shipped_task(server)
    prompts, examples, actor = (made[name] for name in ("prompts", "examples", "actor"))
    choice = wb.compare(made["run"], "exact", baseline="v1")
    tried = await wb.fail_fast(prompts["v3"], examples, actor, wb.Exact("label"), at_least=0.8)
    attacks = await wb.attack(prompts["v3"], examples, actor, over=1, max_tokens=48)
    checked = wb.check("prompts/triage/requirements.yaml", choice, attacks)
    return wb.report([checked, tried, choice, attacks], "project.html")


async def labelled(server: testing.Server) -> str:
    """The tutorial's answers, as a front end shows them for labelling, with eight labels given."""
    with testing.serve(refunds) as own:
        own.models_file("models.yaml", "actor", "critic", "embedded")
        scaffold("refunds")
        some = wb.load_examples("datasets/triage.jsonl", where={"language": ["en"]}, limit=30)
        judge = wb.Rubric.load("prompts/critics/refunds_good.prompty", wb.model("critic"))
        run = await wb.run(wb.load_prompts("prompts/refunds"), some, wb.model("actor"), [judge])
    view = wb.show(wb.labels.draw(run, "refunds_good", rater="me"))
    for _ in range(8):
        view.answer("label", "1.0", {})
    return str(render("views/twin.html", id=view.id, style=view_style(), twin=view.live()))


async def trusted(server: testing.Server) -> str:
    """The card of the shipped critic, from its recording and labels."""
    shutil.copy(played.ROOT / "models.yaml", "models.yaml")
    return await left_by("trust", "card")(server)


async def five_words(server: testing.Server) -> str:
    """A challenger for each word that a comparison says."""
    same = [1] * 240 + [0] * 100
    ends = {
        "v1": [1] * 20 + [0] * 40,
        "better": [1] * 60,
        "worse": [0] * 60,
        "a tie": [0] * 2 + [1] * 20 + [0] * 38,
        "need more": [0] * 10 + [1] * 30 + [0] * 20,
        "inconclusive": [None] * 60,
    }
    lost = {"status": "timeout"}
    rows = [
        {"prompt": name, "example": number, "right": score} | (lost if score is None else {})
        for name, end in ends.items()
        for number, score in enumerate(
            [*(same if name != "inconclusive" else [1] * 270 + [None] * 70), *end]
        )
    ]
    return shown(wb.compare(wb.Run.of(rows, critics={"right": wb.Scale()}), "right", baseline="v1"))


async def gated(server: testing.Server) -> str:
    page = text_of("gate")
    [asked] = [each.text for each in blocks(page) if each.kind == "yaml"]
    write_whole(Path("prompts/triage/requirements.yaml"), asked)
    choice = wb.compare((await shipped_task(server))["run"], "exact", baseline="v1")
    known = {"wb": wb, "choice": choice}
    for block in python_of(page):
        await run_cell(block.text, known)
    return shown(known["checked"])


async def second_day(server: testing.Server) -> str:
    with days(Path.cwd()) as made:
        _, today = both_days(made)
        known = {"wb": wb, "today": today}
        *compared, _ = python_of(text_of("history"))  # the last traces whatever runs from then on
        for block in compared:
            await run_cell(block.text, known)
        return shown(known["choice"])


async def dataset(server: testing.Server) -> str:
    return shown(wb.load_examples("datasets/triage.jsonl"), wb.model("actor"))


async def hostile(server: testing.Server) -> Path:
    """Answers that are markup, scripts and tricks."""
    run = triage_run(Path("runs"), count=8, outputs=lambda *_: HOSTILE)
    return wb.report(run, "hostile.html", rows="all")


async def faulty(server: testing.Server) -> str:
    """What came back from an endpoint that does not answer everything."""
    made = await shipped_task(server, compared=False)
    ends = [
        testing.Reply("complaint", finish_reason="length"),
        testing.Reply("", finish_reason="content_filter"),
        testing.Reply(status=400, body=b'{"error": {"message": "this message is refused"}}'),
        testing.Reply("thanks"),
    ]
    with testing.serve(lambda ask: ends[sum(ask.text.encode()) % 4]) as own:
        prompts = [made["prompts"]["v2"], made["prompts"]["v3"]]
        critics = [wb.Exact("label")]
        return shown(await wb.run(prompts, made["examples"][:12], own.model("actor"), critics))


async def imported(server: testing.Server) -> str:
    rows = [promptfoo_row(n, f"answer {n}", n % 2 * (n % 3 > 0)) for n in range(160)]
    write_whole(Path("results.json"), json.dumps(promptfoo(rows)))
    run = wb.read_run("results.json", store=wb.Store())
    return shown(wb.compare(run, "pass", baseline="A"))


def diagram(made: Html) -> Draw:
    async def draw(server: testing.Server) -> str:
        return str(made)

    return draw


PICTURES: Mapping[str, Picture] = {
    "report": Picture(recorded, most=1060, width=1180),
    "index": Picture(staged, "#decision", most=860, width=1180),
    "tutorial": Picture(labelled),
    "define": Picture(left_by("define", "tried"), most=480),
    "looks": Picture(left_by("looks", "choice", "run")),
    "trust": Picture(trusted, most=700),
    "words": Picture(five_words),
    "improve": Picture(left_by("improve", "made")),
    "guard": Picture(left_by("guard", "found"), most=800),
    "gate": Picture(gated),
    "serve": Picture(left_by("serve", "carries")),
    "launch": Picture(left_by("launch", "trial"), most=800),
    "history": Picture(second_day),
    "batch": Picture(left_by("batch", "quoted", "prompts", "examples", "actor", "judge")),
    "files": Picture(dataset),
    "exchange": Picture(imported),
    "wire": Picture(faulty),
    "security": Picture(hostile, "#answers table", most=800, click="tr.row >> nth=1"),
    "scale": Picture(diagram(diagrams.machines()), "svg", width=824),
    "reference": Picture(diagram(diagrams.way()), "svg", width=824),
    **{
        f"decisions/{page}": Picture(left_by(f"decisions/{page}", name), most=most)
        for page, (name, most) in DECISIONS.items()
    },
}
