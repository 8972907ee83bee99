"""Held rows on show: what a claim can find, a click that claims, its one word, and opening them."""

import asyncio
import hashlib
import json
import re

import pytest

import workbench as wb
from workbench import testing
from workbench.errors import WorkbenchError
from workbench.runs import Progress, unwatched
from workbench.views.live import LiveRun

TEXT = "---\nname: {0}\n---\nsystem:\nYou are {0}.\nuser:\n{{{{ note }}}}\n"
EVEN = [0.0, 1.0] * 20


def text_of(html):
    """What a reader sees of a view or a page, styles and scripts aside."""
    html = re.sub(r"<(style|script)\b.*?</\1>", " ", str(html), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("&#39;", "'")


def script(ask):
    """All answers of v2 are good, and every other one of v1."""
    if ask.system.startswith("CRITIC"):
        return "yes" if "fine" in ask.text else "no"
    draw = hashlib.sha256(ask.text.encode()).digest()[0]
    return "fine" if ask.system == "You are v2." or draw < 128 else "bad"


@pytest.fixture
def parts():
    made = [wb.Example(f"n{i}", {"note": f"note {i}"}) for i in range(120)]
    return wb.Dataset(made, "notes").split(1 / 3, seed=0)


@pytest.fixture
def work(tmp_path, monkeypatch, critic):
    """Runs v1 and v2 on rows, on a scripted endpoint, in one store."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.yaml").write_text("models: {}\n")
    (tmp_path / "prompts").mkdir()
    for name in ("v1", "v2"):
        (tmp_path / "prompts" / f"{name}.prompty").write_text(TEXT.format(name))
    store, prompts = wb.Store(tmp_path / "claims.db"), wb.load_prompts(tmp_path / "prompts")
    with testing.serve(script) as server:
        model = server.model("m")
        judges = [critic(model)]

        async def run(examples):
            with unwatched():
                return await wb.run(prompts, examples, model, judges, store=store)

        yield run


async def test_a_click_claims_and_shows_one_word(work, parts, front_end):
    choice = wb.compare(await work(parts.search), "good", baseline="v1")
    view = wb.show(choice, parts.held)
    held = len(parts.held)
    before = text_of(view.twin())
    assert f"The first claim on {held} held-out examples finds a gain of 15 points" in before
    assert "wb.compare(run, 'good', **choice.settings)" in before
    browser = front_end(view)
    assert f"Claim v2 on {held} held-out examples" in browser.do("show")["html"]
    start = len(browser.wire.said)
    browser.do("claim")
    for _ in range(1000):
        if {"html", "say"} & browser.since(start).keys():
            break
        await asyncio.sleep(0.02)
    said = f"Ship v2: better than v1, by the critic alone, claimed on {held} held-out examples."
    assert said in text_of(browser.since(start)["html"])
    assert repr(view) == said
    assert "Export v2" in browser.since(start)["html"]
    again = wb.show(choice, parts.held)
    assert "No row is left to claim on." in text_of(again.twin())
    assert "Show the claim on v2: better" in front_end(again).do("show")["html"]


async def test_what_ships_is_released_with_its_claim(work, parts):
    run = await work(parts.held)
    choice = wb.compare(run, "good", baseline="v1")
    release = wb.export(choice)
    card = json.loads(release.card.read_text())
    assert release.prompt.name == "v2.prompty"
    assert release.prompt.parent.name == "notes"
    assert card["decision"]["claim"]["number"] == 1
    assert card["decision"]["claim"]["rows"] == len(parts.held)
    assert card["counts"] == {"rows": 2 * len(parts.held)}


def leaks(run, text):
    """Outputs, ids of rows and inputs of a run that a text holds."""
    names = [example.id for example in run.examples]
    inputs = [example.inputs["note"] for example in run.examples]
    found = set(re.findall(r"\w+(?: \d+)?", text))
    return found & {*names, *inputs, *run.columns["output"]}


async def test_no_view_and_no_page_of_a_held_run_shows_a_row(work, parts, tmp_path):
    run = await work(parts.held)
    choice = wb.compare(run, "good", baseline="v1")
    page = wb.report(choice, tmp_path / "page", rows="all")
    shown = [page.read_text(), *(str(wb.show(each).twin()) for each in (run, choice, parts.held))]
    assert [leaks(run, text_of(text)) for text in shown] == [set()] * 4
    assert all("<td" not in text and "<svg" not in text for text in shown)
    assert json.loads((tmp_path / "page" / "decision.json").read_text())["variants"] == []
    read = wb.load_run(run.id, run.store)
    assert read.held and read.examples[0].held
    assert repr(wb.show(read)) == f"Run {run.id}, on rows that are held back"


async def test_what_would_show_held_rows_says_how_to_open_them(work, parts):
    run = await work(parts.held)
    choice = wb.compare(run, "good", baseline="v1")
    prompt, rows = run.prompts[0], list(parts.held)
    for shows in (
        lambda: wb.report(run),
        lambda: wb.trust(run, "good"),
        lambda: wb.compare_critics(run, "good", "good", baseline="v1"),
        lambda: wb.labels.draw(run, "good", rater="me"),
        lambda: wb.figures.tradeoff(choice),
        lambda: wb.show(prompt, rows),
    ):
        with pytest.raises(WorkbenchError, match=r"rows that are held back.* run\.open\(\) shows"):
            shows()
    with pytest.raises(WorkbenchError, match="a race would show"):
        await wb.race(run.prompts, rows, run.models, run.critics, within=0.1)


async def test_opening_is_a_click_and_is_remembered(work, parts, front_end):
    run = await work(parts.held)
    browser = front_end(wb.show(run))
    assert "Open these examples, and end the claims on them" in browser.do("show")["html"]
    assert "fine" in browser.do("open")["html"]
    assert not wb.load_run(run.id, run.store).held
    assert "fine" in str(wb.show(run).twin())


def test_a_held_run_that_goes_on_shows_how_far_it_is_and_no_standing(make_run):
    run = make_run({"v1": EVEN, "v2": ["malformed"] * 40}, held=True)
    view = LiveRun(run, Progress(80, 80, 80, 0, 40, 3, 0.0, None, 1.0, finished=True))
    view.update(view.progress)
    shown = text_of(view.twin())
    assert "examples: 80 of 80 answers" in shown and "All answers are in." in shown
    assert not re.search(r"failed|without a score|malformed|points", shown)


def test_without_held_rows_it_is_said_how_many_to_write(make_run):
    choice = wb.compare(make_run({"v1": EVEN, "v2": EVEN}), "good", baseline="v1")
    few = wb.Dataset([wb.Example("a", {"text": "a"})]).hold_back()
    shown = text_of(wb.show(choice, few.held).twin())
    assert "No example is held back." in shown and "Write down 20 new rows or more" in shown
