"""An improvement on show while it goes on: what it does, what it cost, who stands where; and what
stays of it.
"""

import asyncio
import contextlib
from itertools import pairwise
from weakref import WeakValueDictionary

import pytest
from front_end import assert_safe
from test_improving import Script, bench, file, improved, until

import workbench as wb
from workbench import improving, testing
from workbench.errors import WorkbenchError
from workbench.page.markup import Html
from workbench.testing import Reply
from workbench.views import live_improvement
from workbench.views.live_improvement import LiveImprovement, watch_improvement

__all__ = ["bench"]  # the fixture


@pytest.fixture
def told(monkeypatch):
    """What those who watch an improvement are told, in order, with what stops it."""
    kept = []
    monkeypatch.setattr(improving.following, "watchers", [lambda *each: kept.append(each)])
    return kept


def text(html):
    return Html(html).striptags()


def steps(told):
    """Each step by its kind and who answers, without repeats."""
    found = [(made.doing.what, made.doing.prompts) for made, _ in told if made.doing]
    return [each for at, each in enumerate(found) if at == 0 or each != found[at - 1]]


async def test_every_step_is_told_as_it_begins_and_the_end_once(bench, told):
    with testing.serve(Script(file(2))) as server:
        made = await improved(bench, server, tries=1)
    assert steps(told) == [
        ("search", ("v1",)), ("propose", ("v1",)), ("search", ("v1-c1",)),
        ("select", ("v1", "v1-c1")), ("confirm", ("v1", "v1-c1")),
    ]  # fmt: skip
    assert [each.doing for each, _ in told].count(None) == 1
    assert told[-1][0] == made


async def test_what_is_told_grows_and_never_shrinks(bench, told):
    with testing.serve(Script(file(1), file(2))) as server:
        made = await improved(bench, server, tries=2)
    answers = [each.actor.answers for each, _ in told]
    assert answers == sorted(answers)
    assert max(answers) == made.actor.answers
    dollars = [each.dollars for each, _ in told]
    assert all(after >= before - 1e-12 for before, after in pairwise(dollars))
    assert dollars[-1] == pytest.approx(made.dollars)
    assert told[0][0].tried == 0


async def test_its_tree_grows_and_says_who_is_asked(bench, told, front_end):
    with testing.serve(Script(file(3), file(2))) as server:
        await improved(bench, server, tries=2, budget=1.0)
    view, shown = LiveImprovement(*told[0]), []
    browser = front_end(view)
    for made, _ in told:
        before = len(browser.wire.said)
        view.update(made)
        shown.append(browser.since(before))
        assert_safe("".join(shown[-1].values()))
    assert "Improving v1: v1 answers search rows, 0 of 30 answers" in text(shown[0]["status"])
    assert "of $1.00" in text(shown[0]["status"])
    going = [text(each["board"]) for each in shown if "board" in each]
    assert any("is being asked search rows" in each and "v1-c1" in each for each in going)
    assert any("left during search" in each and "v1-c2" in each for each in going)
    assert not any("Next step." in each or "Claimed" in each for each in going)
    assert "Claimed" in text(shown[-1]["html"]) and "Next step." in text(shown[-1]["html"])
    assert "Claimed" in text(view.static()["text/html"])


async def test_its_button_stops_it_and_what_is_answered_is_kept(bench, told, front_end):
    script = Script(file(2))

    def cancel(made, stop):
        if made.doing and made.doing.what == "search" and made.doing.prompts == ("v1-c1",):
            front_end(LiveImprovement(made, stop)).do("cancel")

    improving.following.watchers.append(cancel)
    with testing.serve(lambda ask: Reply(script(ask), seconds=0.01)) as server:
        stopped = await improved(bench, server, tries=1)
        assert stopped.sentence.startswith("Not finished: stopped.")
        assert told[-1][0] == stopped
        improving.following.watchers.remove(cancel)
        made = await improved(bench, server, tries=1)
        assert len(server.log) == made.actor.answers + made.proposals.answers
    assert made.is_confirmed


async def test_what_is_interrupted_or_fails_is_not_shown_as_going_on(bench, told):
    script = Script(Reply(fault="hang"))
    with testing.serve(script) as server:
        task = asyncio.ensure_future(improved(bench, server))
        await until(lambda: script.proposals)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert told[-1][0].sentence.startswith("Not finished: interrupted.")
        prompt, store, folder = bench
        blind = wb.Function(lambda example, output: float("nan"), "blind")
        given = {"proposer": server.model(), "store": store, "folder": folder / "blind"}
        with pytest.raises(WorkbenchError, match="blind scored 0 of"):
            await wb.improve(
                prompt,
                [wb.Example(f"e{n}", {"text": str(n)}, "right", {}) for n in range(80)],
                server.model(),
                [blind],
                **given,
            )
    assert "Not finished: blind scored 0 of" in told[-1][0].sentence


async def test_shown_again_the_cell_that_showed_it_keeps_one_line(bench, told, monkeypatch):
    monkeypatch.setattr(live_improvement, "_going", {})
    monkeypatch.setattr(live_improvement, "_over", WeakValueDictionary())
    with testing.serve(Script(file(2))) as server:
        made = await improved(bench, server, tries=1)
    watch_improvement(*told[0])
    [view] = live_improvement._going.values()
    watch_improvement(*told[-1])
    assert live_improvement._going == {}
    assert "Each prompt tried." in view.twin()
    shown = wb.show(made)
    shown._ipython_display_()
    assert view.twin() == f"<p>Improvement of v1: {made.sentence}</p>"
    assert "Each prompt tried." in shown.twin()


async def test_nobody_watches_without_the_extension_and_nothing_is_printed(bench, watchers, capsys):
    with testing.serve(Script(file(2))) as server:
        await improved(bench, server, tries=1)
    assert capsys.readouterr().out == ""
