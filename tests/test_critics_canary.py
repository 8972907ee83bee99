"""Canaries: a critic that passes known-bad answers is found out, and its verdicts stay its own."""

import pytest

import workbench as wb
from workbench import testing

BAD = "I do not know."


@pytest.fixture
def task(tmp_path):
    (tmp_path / "v1.prompty").write_text("---\nname: v1\n---\nuser:\n{{ text }}\n")
    (tmp_path / "v2.prompty").write_text("---\nname: v2\n---\nuser:\nAgain: {{ text }}\n")
    (tmp_path / "good.prompty").write_text(
        "---\nname: good\n---\nuser:\n{{ output }}\nIs it good?\n"
    )
    examples = [wb.Example(f"e{n}", {"text": f"note {n}"}) for n in range(100)]
    prompts = [wb.load_prompt(tmp_path / f"{name}.prompty") for name in ("v1", "v2")]
    return (
        prompts,
        examples,
        lambda model: wb.Rubric.load(tmp_path / "good.prompty", model),
        tmp_path / "s.db",
    )


async def judged(task, says):
    """A run with canaries for one example in ten, by a critic that says what it is scripted to."""
    prompts, examples, rubric, store = task
    with testing.serve(
        lambda ask: says(ask.text) if "Is it good?" in ask.text else ask.text
    ) as server:
        critic = wb.Canary(rubric(server.model()), BAD, every=10)
        quoted = wb.quote(prompts, examples, server.model(), [critic], store=store)
        run = await wb.run(prompts, examples, server.model(), [critic], store=store)
        assert quoted.calls == run.counts["calls"]
        plain = await wb.run(
            prompts, examples, server.model(), [rubric(server.model())], store=store
        )
    assert plain.counts["calls"] == 0  # the verdicts are those of the critic without canaries
    assert list(plain.frame.good) == list(run.frame.good)
    return run


async def test_about_one_example_in_ten_has_a_canary_that_all_variants_share(task):
    run = await judged(task, lambda text: "no" if BAD in text else "yes")
    chosen = run.frame[run.frame["good.canary"].notna()]
    assert 4 <= chosen.example.nunique() <= 20
    assert len(chosen) == 2 * chosen.example.nunique()
    assert set(chosen["good.canary"]) == {0.0}
    assert set(run.frame.good) == {1.0}
    assert run.counts["calls"] == 400 + chosen.example.nunique()


async def test_the_card_tells_of_known_bad_answers_that_passed(task):
    run = await judged(task, lambda text: "yes")
    (row,) = (bias for bias in wb.trust(run, "good").biases if bias.name == "Known-bad answers")
    n = run.frame[run.frame["good.canary"].notna()].example.nunique()
    assert row.measured == f"{n} of {n} let pass"
    assert row.reading == "a sign"


async def test_a_careful_critic_shows_no_sign_and_one_without_canaries_is_open(task):
    run = await judged(task, lambda text: "no" if BAD in text else "yes")
    (row,) = (bias for bias in wb.trust(run, "good").biases if bias.name == "Known-bad answers")
    assert row.measured.startswith("0 of ") and row.reading == "no sign"


def test_a_canary_says_what_its_critic_says_of_itself(task):
    rubric = task[2](wb.Model("m", "m", "http://127.0.0.1:9/v1"))
    canary = wb.Canary(rubric, BAD)
    for name in ("name", "scale", "kind", "model"):
        assert getattr(canary, name) == getattr(rubric, name)
    assert canary.fingerprint != rubric.fingerprint
