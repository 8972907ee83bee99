"""A cascade and another critic, against a real endpoint."""

import random
import re

import pytest

import workbench as wb
from workbench import testing
from workbench.models.entry import Price

HEAD = "---\nname: {0}\nmetadata: {{scale: yes/no}}\n---\n"
CRITIC = HEAD + "user:\n{0} judge of {{{{ text }}}}: {{{{ output }}}}\n"


def is_right(number):
    return random.Random(f"truth {number}").random() < 0.6


def script(ask):
    """The answer is its example's number; the cheap critic knows little of whether it is right, the
    strong one much.
    """
    asked = re.search(r"(cheap|strong) judge of.*answer (\d+)", ask.text, re.DOTALL)
    if not asked:
        return f"answer {re.search(r'[0-9]+', ask.text).group()}"
    who, number = asked.groups()
    noise = random.Random(f"{who} {number}").gauss(0, 0.35 if who == "cheap" else 0.1)
    yes = min(0.98, max(0.02, (0.7 if is_right(number) else 0.3) + noise))
    return testing.Reply("yes" if yes > 0.5 else "no", probabilities={"yes": yes, "no": 1 - yes})


@pytest.fixture
def bench(tmp_path):
    for name in ("cheap", "strong"):
        (tmp_path / f"{name}.prompty").write_text(CRITIC.format(name))
    (tmp_path / "v1.prompty").write_text("---\nname: v1\n---\nuser:\nSay it: {{ text }}\n")
    examples = wb.Dataset(
        [wb.Example(f"e{i}", {"text": str(i)}, None, {}) for i in range(300)], "numbers"
    )
    with testing.serve(script) as server:
        model = server.model("m")
        judges = {
            "cheap": server.model("small", price=Price(0.1, 0.4)),
            "strong": server.model("large", price=Price(2, 8)),
        }
        critics = {
            name: wb.Rubric.load(tmp_path / f"{name}.prompty", judge)
            for name, judge in judges.items()
        }
        yield (
            wb.load_prompt(tmp_path / "v1.prompty"),
            examples,
            model,
            critics,
            server,
            wb.Store(tmp_path / "s.db"),
        )


async def test_the_strong_critic_is_asked_only_where_the_cheap_one_is_in_doubt(bench):
    prompt, examples, model, critics, server, store = bench
    run = await wb.run(prompt, examples, model, [critics["cheap"]], store=store)
    for row in range(100):
        wb.labels.add(run, "cheap", row, float(is_right(str(row))), rater="ann")
    before = len(server.log)
    found = await wb.cascade(run, "cheap", critics["strong"], share=0.2)
    assert len(found.escalated) == 40
    assert len(server.log) - before == 140
    assert found.report.cascade.estimate > found.report.cheap.estimate
    assert found.report.cost == pytest.approx(0.05 + 0.2, abs=0.05)
    assert found.mean.low < 0.6 < found.mean.high
    assert found.sentence.startswith(
        "strong judged 40 answers that left cheap in doubt and the 100 labelled ones."
    )


async def test_a_strong_critic_that_is_free_is_never_undercut(bench, tmp_path):
    prompt, examples, model, critics, server, store = bench
    run = await wb.run(prompt, examples, model, [critics["cheap"]], store=store)
    for row in range(100):
        wb.labels.add(run, "cheap", row, float(is_right(str(row))), rater="ann")
    free = server.model("large", price=Price(0, 0))
    strong = wb.Rubric.load(tmp_path / "strong.prompty", free)
    found = await wb.cascade(run, "cheap", strong, share=0.2)
    assert found.sentence.endswith("it costs more than strong alone.")


async def test_another_critic_changes_what_it_changes_and_says_so(bench, tmp_path):
    prompt, examples, model, critics, _, store = bench
    (tmp_path / "v2.prompty").write_text("---\nname: v2\n---\nuser:\nSay that: {{ text }}\n")
    prompts = [prompt, wb.load_prompt(tmp_path / "v2.prompty")]
    run = await wb.run(prompts, examples, model, list(critics.values()), store=store)
    found = wb.compare_critics(run, "cheap", "strong", baseline="v1")
    assert set(found.decisions) == {"v2"}
    assert 0 < len(found.flips) < 300
    assert f"{len(found.flips)} of 600 verdicts flip" in found.sentence
    assert found.agreement.count == 600
