"""Runs to report on: made without a model, with the shapes that real ones have. Everything is
seeded.
"""

import json
import math
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from workbench import labels
from workbench.critics import Exact, Rubric, Verdict
from workbench.datasets import Dataset, Example
from workbench.models.completion import Completion
from workbench.models.entry import Price
from workbench.models.model import Model
from workbench.prompts import load_prompt
from workbench.racing import Race
from workbench.runs import Run
from workbench.runs.plan import Plan
from workbench.stats.scale import Scale
from workbench.store import Store
from workbench.trying import Tried, Trying

QUEUES = ("billing", "delivery", "returns", "account", "technical", "other")
ACTOR = Model("actor", id="small-1", base_url="http://127.0.0.1:9/v1", price=Price(0.4, 1.6))
JUDGE = Model("judge", id="large-1", base_url="http://127.0.0.1:9/v1", price=Price(2.0, 8.0))
SKILL = {"v1": 0.72, "v2": 0.72, "v3": 0.95}  # share of right answers
ABOUT = {
    "v1": "queue descriptions",
    "v2": "one sentence, no descriptions",
    "v3": "rules and four examples",
}
RULES = {
    "v1": "billing: money. delivery: parcels. returns: goods sent back. account: access. "
    "technical: faults.",
    "v2": "Be exact.",
    "v3": "billing: money that was paid or is owed.\ndelivery: a parcel on its way.\n"
    "returns: goods sent back.\naccount: who may enter, and how.\n"
    "technical: what does not work.\nWhere two fit, take the one that must act.",
}
TEXTS = (
    "I sent the kettle back on the 3rd and your courier scanned it, but the money is not on my "
    "card.",
    "parcel says delivered, nothing here, neighbours have nothing either",
    "Seit dem Update kann ich mich nicht mehr anmelden. Der Code kommt nie an.",
    "A chaleira veio com a tampa rachada, quero trocar por outra.",
    "¿Puedo cambiar la dirección? El pedido sale mañana.",
)


def prompt_file(folder: Path, name: str, body: str, description: str = "", more: str = "") -> Path:
    path = folder / f"{name}.prompty"
    path.write_text(
        f"---\nname: {name}\ndescription: {description}\n{more}---\nsystem:\n{body}\n\n"
        "user:\n{{ message }}\n"
    )
    return path


def critic_file(folder: Path) -> Path:
    path = folder / "right_queue.prompty"
    head = "---\nname: right_queue\nmetadata:\n  scale: yes/no\n---\n"
    path.write_text(
        head + "user:\nMessage: {{ message }}\nAnswer: {{ output }}\nIs this the right queue?\n"
    )
    return path


def examples(count: int, seed: int = 0) -> Dataset:
    chooser = random.Random(seed)
    made = []
    for number in range(count):
        language = chooser.choices(("en", "de", "es", "pt"), (53, 18, 16, 13))[0]
        text = f"{chooser.choice(TEXTS)} Order {88000 + number}."
        tags = {"language": language, "channel": chooser.choice(("chat", "email"))}
        made.append(
            Example(f"m-{number:05d}", {"message": text}, {"queue": chooser.choice(QUEUES)}, tags)
        )
    return Dataset(made, "triage")


def triage_run(
    folder: Path,
    *,
    count: int = 240,
    knows: bool = True,
    seed: int = 0,
    outputs=None,
    actors: tuple[Model, ...] = (ACTOR,),
    asked: Dataset | None = None,
    names: Iterable[str] = ABOUT,
) -> Run:
    """v1, v2 and v3 (or those of `names`) on `count` messages, judged by a critic that knows
    something or nothing, and by a check.

    `outputs(example, variant, queue)` may give other texts as answers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    prompts = tuple(
        load_prompt(
            prompt_file(
                folder,
                name,
                f"Route the message to one queue: {', '.join(QUEUES)}.\n{RULES[name]}",
                about,
            )
        )
        for name, about in ABOUT.items()
        if name in names
    )
    critics = (Rubric.load(critic_file(folder), JUDGE), Exact("queue"))
    plan = Plan(prompts, actors, asked or examples(count, seed), critics, 1)
    run = Run(plan.fingerprint, plan, Store(folder / "store.db"), 1.0)
    chooser = random.Random(seed + 1)
    for row in range(len(plan)):
        fill(run, row, chooser, knows, outputs)
    run.calls, run.requests, run.hits = len(plan) * 2, len(plan) * 2 + 3, 0
    run.cost, run.seconds = 0.24, 72.0
    return run


def fill(run: Run, row: int, chooser: random.Random, knows: bool, outputs) -> None:
    """One row's answer and its verdicts."""
    example, name = (
        run.examples[run.plan.key(row).example],
        run.prompts[run.plan.key(row).prompt].name,
    )
    skill = SKILL[name] - (0.5 if name == "v3" and example.tags["language"] == "pt" else 0)
    right = chooser.random() < skill
    gold = example.expected["queue"]
    queue = gold if right else chooser.choice([each for each in QUEUES if each != gold])
    text = (
        outputs(example, name, queue)
        if outputs
        else json.dumps(
            {"queue": queue, "note": f"The customer writes about {queue} of {example.id}."}
        )
    )
    status = chooser.choices(("ok", "malformed", "timeout"), (985, 12, 3))[0]
    run.set_completion(row, *outcome(text, status, name, chooser))
    if status == "ok":
        judge_and_check(run, row, right, gold, chooser, knows)


def outcome(text: str, status: str, name: str, chooser: random.Random):
    """A completion, its status and its error."""
    completion_tokens = chooser.randint(14, 30)
    seconds = chooser.lognormvariate(-0.5 + 0.15 * (name == "v3"), 0.3)
    completion = Completion(
        "" if status == "timeout" else text,
        prompt_tokens=141 + 90 * (name == "v3"),
        completion_tokens=completion_tokens,
        seconds=math.nan if status == "timeout" else seconds,
    )
    errors = {"malformed": "the reply is not JSON", "timeout": "no answer within 20 s"}
    return completion, status, errors.get(status, "")


def judge_and_check(run: Run, row: int, right: bool, gold: str, chooser, knows: bool) -> None:
    """The verdicts of a critic that knows something or nothing, and of the check."""
    p = chooser.gauss(0.78 if right else 0.3, 0.2) if knows else chooser.gauss(0.3, 0.15)
    p = min(0.99, max(0.01, p))
    judge, check = run.critics
    label = "yes" if p >= 0.5 else "no"
    run.set_verdict(row, judge, Verdict(round(p, 3), label, f"P(yes) {p:.2f}", "logprob"))
    label = "yes" if right else "no"
    run.set_verdict(row, check, Verdict(float(right), label, f"expected {gold}", "check"))


def alter_critic(run: Run, name: str = "right_queue", **facts) -> None:
    """Describe a critic of the run otherwise."""
    critics = {**run.meta.critics, name: replace(run.meta.critics[name], **facts)}
    run.meta = replace(run.meta, critics=critics)


def alter_prompt(run: Run, name: str, **facts) -> None:
    """Describe a prompt of the run otherwise."""
    prompts = {**run.meta.prompts, name: replace(run.meta.prompts[name], **facts)}
    run.meta = replace(run.meta, prompts=prompts)


def alter_dataset(run: Run, **facts) -> None:
    """Describe the examples of the run otherwise."""
    run.meta = replace(run.meta, dataset=replace(run.meta.dataset, **facts))


def answer(run: Run, row: int, status: str = "ok", text: str = "", error: str = "") -> None:
    """Another outcome of a row, of unknown size and time."""
    run.set_completion(row, Completion(text, seconds=math.nan), status, error)


def judge(run: Run, row: int, score: float, reason: str = "", critic: str = "right_queue") -> None:
    """Another verdict on a row."""
    [found] = [each for each in run.critics if each.name == critic]
    run.set_verdict(row, found, Verdict(score, reason=reason))


def label_some(run: Run, critic: str = "right_queue", count: int = 60, seed: int = 3) -> None:
    """A person's labels of all answers to `count` examples, drawn at random; right nine times in
    ten.
    """
    chooser = random.Random(seed)
    drawn = set(chooser.sample([example.id for example in run.examples], count))
    for row, (example, status) in enumerate(
        zip(run.columns["example"], run.columns["status"], strict=True)
    ):
        if example in drawn and status == "ok":
            right = (
                run.columns["exact"][row]
                if chooser.random() < 0.9
                else 1 - run.columns["exact"][row]
            )
            labels.add(run, critic, row, right, rater="A")


def a_race(**fields) -> Race:
    """v2 leads a race of 30 examples, and v1 left it."""
    means = {"v1": (0.6, 0.5), "v2": (0.7, 0.8, 0.8)}
    known = {
        "critic": "right",
        "scale": Scale(),
        "within": 0.1,
        "alpha": 0.05,
        "mode": "asymptotic",
        "top": ("v2",),
        "eliminated": {"v1": 17},
        "means": means,
        "used": 47,
        "of": 60,
        "unscored": 0,
        "stopped": "",
        "runs": (),
    }
    return Race(**{**known, **fields})


def a_trying(*merits: float) -> Trying:
    """v1 was tried on ten messages and failed on six, or as the scores say."""
    merits = merits or (1, 0, 1, 0, 1, 0, 0, 1, 0, 0)
    graded = any(0 < merit < 1 for merit in merits)
    of = len(merits)
    tried = Tried("actor", 0.8, 30, "full", graded, merits, ("ok",) * of, ("",) * of)
    return Trying("v1", "triage", "right", (tried,))
