"""What views promise without a browser: a twin for every noun, small payloads, nothing hostile, nothing lost."""

import asyncio
import json
import math
from contextlib import asynccontextmanager
from html.parser import HTMLParser

import comm
import comm.base_comm
import pytest
from aiohttp import web
from sample_runs import examples, label_some, prompt_file, triage_run

import workbench as wb
from workbench import labels, runs
from workbench.errors import PromptError
from workbench.runs import Quote
from workbench.views.live import LiveRun, quietly, watch
from workbench.views.magic import prompt_cell
from workbench.views.markup import Html, html
from workbench.views.view import WIDGET, View

SAYS_BILLING = wb.Function(lambda output, example: "billing" in output, "says_billing")
HOSTILE = (
    '<script>window.hit=1</script><img src="http://127.0.0.1:9/x" onerror="window.hit=1"></textarea></td></table>'
    "<svg onload=alert(1)>[click](javascript:alert(1)) ![x](http://127.0.0.1:9/x.png) \x1b[31mred\x1b[0m \u202eevil $x$ "
)
TAGS = {
    "b", "bdi", "button", "caption", "circle", "dd", "del", "details", "div", "dl", "dt", "g", "h3", "h4", "h5", "input",
    "ins", "kbd", "label", "li", "line", "mark", "option", "p", "pre", "rect", "select", "span", "style", "summary", "svg",
    "table", "tbody", "td", "text", "textarea", "tfoot", "th", "thead", "tr", "ul", "br",
}  # fmt: skip


class Safe(HTMLParser):
    """Refuses elements that load or run something, event handlers, addresses and styles in attributes."""

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, tag
        for name, _ in attrs:
            assert not name.startswith("on") and name not in ("style", "href", "src", "action", "formaction"), name


def assert_safe(text):
    Safe().feed(str(text))
    assert "\x1b" not in text and "\u202e" not in text


class Wire(comm.base_comm.BaseComm):
    """A widget's line to its front end: keeps what the kernel says."""

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        self.__dict__.setdefault("said", []).append((msg_type, data or {}))


class FrontEnd:
    """What a browser would get of a view, and a way to answer."""

    def __init__(self, view):
        self.view, self.wire = view, view.widget.comm

    def do(self, name, argument=None, /, **values):
        """Click or type; returns what the kernel sent for it."""
        before = len(self.wire.said)
        content = {"do": name, "argument": argument, "values": values}
        self.wire.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
        return self.since(before)

    def since(self, before):
        got = {}
        for kind, data in self.wire.said[before:]:
            if kind == "comm_msg" and data["method"] == "custom":
                got |= {name: value for name, value in data["content"].items() if name != "parts"}
                got |= data["content"].get("parts", {})
        return got


@pytest.fixture
def front_end(monkeypatch):
    monkeypatch.setattr(comm, "create_comm", Wire)
    return FrontEnd


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with prompts triage/v1 to v3 and a dataset of 12 examples."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.yaml").write_text("models: {}\n")
    folder = tmp_path / "prompts" / "triage"
    folder.mkdir(parents=True)
    for name in ("v1", "v2", "v3"):
        prompt_file(folder, name, f"Route the message, as {name} does.", f"about {name}")
    examples(12).save(tmp_path / "datasets" / "triage.jsonl")
    return tmp_path


@pytest.fixture
def watchers():
    """Nobody watches runs, but who is put here."""
    before = list(runs.watchers)
    runs.watchers.clear()
    yield runs.watchers
    runs.watchers[:] = before


@pytest.fixture(scope="module")
def labelled(tmp_path_factory):
    run = triage_run(tmp_path_factory.mktemp("labelled"))
    label_some(run)
    return run


@asynccontextmanager
async def model_that_says(text, seconds=0.0):
    """A model behind a loopback server, and what it was asked."""
    asked = []

    async def answer(request):
        asked.append(await request.json())
        await asyncio.sleep(seconds)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return web.json_response({"id": "1", "object": "chat.completion", "model": "m", "choices": [choice],
                                  "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}})  # fmt: skip

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield wb.Model("m", id="m", base_url=f"http://127.0.0.1:{port}/v1", price=None), asked
    await runner.cleanup()


def nouns(run, project):
    prompts = wb.load_prompts("prompts/triage")
    return {
        "comparison": wb.show(wb.compare(run, "right_queue", baseline="v1")),
        "run": wb.show(run),
        "labels": wb.show(labels.draw(run, "right_queue", rater="B")),
        "card": wb.show(wb.trust(run, "right_queue")),
        "prompt": wb.show(prompts["v3"], run.examples),
        "dataset": wb.show(run.examples),
        "quote": wb.show(Quote(10, 2, 100, 50, 0.25, 0.9, 12.0, {"actor": 8, "right_queue": 2})),
    }


# --- every view


def test_every_noun_on_show_is_html_and_plain_text_too(labelled, project, front_end):
    said = {
        "comparison": "Ship v3:", "run": "m-00000", "labels": "Label: right_queue", "card": "right_queue may",
        "prompt": "Route the message, as v3 does.", "dataset": "triage: 240 examples", "quote": "at most $0.90",
    }  # fmt: skip
    for noun, view in nouns(labelled, project).items():
        bundle = view._repr_mimebundle_()
        assert said[noun] in bundle["text/html"], noun
        assert bundle["text/plain"] and "<" not in bundle["text/plain"], noun
        assert (WIDGET in bundle) == (noun not in ("dataset", "quote")), noun
        assert_safe(bundle["text/html"])


def test_live_html_is_as_safe_as_the_twin(labelled, project, front_end):
    for view in nouns(labelled, project).values():
        assert_safe(view.live())


def test_hostile_text_stays_text_wherever_it_comes_from(tmp_path, project, front_end):
    run = triage_run(tmp_path / "r", count=30, outputs=lambda example, name, queue: f"{HOSTILE}{queue} of {name}")
    for row in range(len(run.columns["output"])):
        run.columns["right_queue.reason"][row] = HOSTILE
    assert HOSTILE[:8] not in wb.show(run)._repr_mimebundle_()["text/html"]
    matrix, labeller = wb.show(run), wb.show(labels.draw(run, "right_queue", rater=HOSTILE))
    for view in (matrix, labeller):
        assert_safe(view.twin())
        assert_safe(view.live())
    assert_safe(matrix.detail(0))
    assert "&lt;script&gt;window.hit=1" in matrix.detail(0)
    bad = wb.Example(HOSTILE, {"message": HOSTILE}, HOSTILE, {"kind": HOSTILE})
    prompt = wb.load_prompt("prompts/triage/v1.prompty")
    for view in (wb.show(wb.Dataset([bad], HOSTILE)), wb.show(prompt, [bad])):
        assert_safe(view.twin())
        assert_safe(view.live())


def test_ten_thousand_rows_leave_a_small_notebook_and_an_empty_widget(tmp_path, front_end):
    view = wb.show(triage_run(tmp_path, count=3_400))
    bundle = view._repr_mimebundle_()
    state = json.dumps(view.widget.get_state())
    assert len(bundle["text/html"]) < 60_000
    assert "20 of 3,400 rows" in bundle["text/html"]
    assert "m-00000" not in state and len(state) < 60_000


def test_show_says_what_it_can_show():
    with pytest.raises(TypeError, match="show knows no view of int"):
        wb.show(3)


def test_formulas_are_not_made_of_prices(labelled):
    assert 'class="wb-twin tex2jax_ignore mathjax_ignore"' in wb.show(labelled).static()["text/html"]


# --- errors and work in the background


class Broken(View):
    def __init__(self):
        super().__init__("broken")

    def twin(self):
        return html("twin")

    def on_refuse(self, argument, values):
        raise PromptError("v4 is taken: choose another name")

    def on_crash(self, argument, values):
        raise KeyError("gone")

    def on_work(self, argument, values):
        self.start(self._fail())

    async def _fail(self):
        raise PromptError("the key was refused")


def test_an_error_is_shown_in_the_view_in_words(front_end):
    assert front_end(Broken()).do("refuse") == {"say": "v4 is taken: choose another name"}


def test_an_error_of_ours_is_shown_and_goes_on_to_the_kernel(front_end):
    browser = front_end(Broken())
    with pytest.raises(KeyError):
        browser.view._receive(browser.view.widget, {"do": "crash"})
    assert browser.since(0) == {"say": "KeyError: 'gone'"}


async def test_the_error_of_a_background_task_is_shown_in_the_view(front_end):
    browser = front_end(Broken())
    await asyncio.to_thread(browser.do, "work")  # callbacks may come on another thread
    await asyncio.sleep(0.05)
    assert browser.since(0) == {"say": "the key was refused"}


def test_a_view_made_outside_of_a_loop_says_that_it_cannot_wait(front_end):
    assert "show it from a notebook cell" in front_end(Broken()).do("work")["say"]


# --- editor


def boxes(*messages, **more):
    roles = {f"role{i}": role for i, (role, _) in enumerate(messages)}
    return roles | {f"text{i}": text for i, (_, text) in enumerate(messages)} | more


def test_the_preview_and_the_difference_follow_the_text(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty"), examples(12)))
    got = browser.do("edit", **boxes(("system", "Route it in one word."), ("user", "{{ message }}"), example="3", against="v2"))
    assert "Route it in one word." in got["preview"]
    assert "Order 88003." in got["preview"]
    assert got["state"] == "1 line added and 1 line removed, not saved."
    assert '<span class="line d">Route the message, as v2 does.</span>' in got["difference"]
    assert '<span class="line a">Route it in one word.</span>' in got["difference"]


def test_a_variable_no_example_has_is_named_in_place_of_the_preview(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty"), examples(12)))
    got = browser.do("edit", **boxes(("user", "{{ message }} {{ tone }}"), example="0"))
    assert "lacks tone" in got["preview"]
    assert '<span class="warn">tone</span> in none of 12 examples' in got["variables"]


def test_a_template_that_is_none_says_where(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty"), examples(12)))
    got = browser.do("edit", **boxes(("user", "{{ message ")))
    assert "line 1" in got["preview"] and "look" in got["preview"]


def test_an_edited_prompt_is_saved_as_a_new_variant(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v3.prompty"), examples(12)))
    assert "Save variant v4" in browser.do("show")["html"]
    got = browser.do("save", **boxes(("user", "Only {{ message }}"), name="v4"))
    assert got["note"] == "Saved prompts/triage/v4.prompty."
    assert wb.load_prompt("prompts/triage/v4.prompty").render({"message": "x"})[0]["content"] == "Only x"


def test_another_variant_is_never_overwritten(project, front_end):
    before = (project / "prompts/triage/v2.prompty").read_text()
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v3.prompty"), examples(12)))
    got = browser.do("save", **boxes(("user", "Only {{ message }}"), name="v2"))
    assert "v2.prompty holds another prompt: choose a new name" in got["say"]
    assert (project / "prompts/triage/v2.prompty").read_text() == before


def test_a_released_prompt_is_edited_into_a_variant_of_its_task(project, front_end):
    released = project / "prompts" / "released" / "triage"
    released.mkdir(parents=True)
    prompt_file(released, "v3", "As released.")
    browser = front_end(wb.show(wb.load_prompt("prompts/released/triage/v3.prompty"), examples(12)))
    assert "v3 is released and stays as it is." in browser.do("show")["html"]
    got = browser.do("save", **boxes(("user", "Only {{ message }}"), name="v3b"))
    assert got["note"] == "Saved prompts/triage/v3b.prompty."


def test_a_message_can_be_added_and_removed(project, front_end):
    browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty"), examples(12)))
    assert 'name="text2"' in browser.do("add")["messages"]
    got = browser.do("remove", 0, **boxes(("system", "a"), ("user", "b"), ("assistant", "c")))
    assert 'name="text1"' in got["messages"] and 'name="text2"' not in got["messages"]
    assert browser.view.edited.messages[0].role == "user"


async def test_a_try_runs_saved_and_edited_on_five_examples(project, front_end):
    async with model_that_says("billing") as (model, asked):
        browser = front_end(wb.show(wb.load_prompt("prompts/triage/v1.prompty"), examples(12), model, [SAYS_BILLING]))
        before = len(browser.wire.said)
        browser.do("try", **boxes(("user", "Only {{ message }}")))
        async with asyncio.timeout(20):
            while not {"tried", "say"} & browser.since(before).keys():
                await asyncio.sleep(0.02)
        shown = browser.since(before)["tried"]
    assert len(asked) == 10
    assert "Five examples find faults; they do not measure quality." in shown
    assert shown.count('<bdi class="vd yes">billing</bdi>') == 10


# --- cell magic


def test_a_cell_is_checked_rendered_and_compared_with_the_saved_file(project):
    prompt, view = prompt_cell("triage/v2 --example m-00004", "system:\nRoute it.\n\nuser:\n{{ message }}\n")
    shown = str(view.twin())
    assert prompt.description == "about v2"  # front matter is the saved variant's
    assert "Order 88004." in shown
    assert '<span class="line a">Route it.</span>' in shown
    assert "1 line added and 1 line removed, not saved" in shown
    assert "tokens in (counted as 4 bytes each)" in shown


def test_a_cell_saves_a_new_variant_only_when_asked(project):
    cell = "user:\nOnly {{ message }}\n"
    prompt_cell("triage/v7", cell)
    assert not (project / "prompts/triage/v7.prompty").exists()
    _, view = prompt_cell("triage/v7 --save", cell)
    assert "Saved prompts/triage/v7.prompty." in view.twin()
    assert wb.load_prompt("prompts/triage/v7.prompty").description == "about v3"  # from the newest variant


def test_a_cell_with_front_matter_is_the_whole_file(project):
    cell = "---\ndescription: new\nmodel: {options: {temperature: 0}}\n---\nuser:\n{{ message }}\n"
    prompt, _ = prompt_cell("triage/v2", cell)
    assert (prompt.description, prompt.parameters) == ("new", {"temperature": 0})


@pytest.mark.parametrize(
    ("line", "cell", "said"),
    [
        ("triage/v2 --save", "user:\nother {{ message }}\n", "v2.prompty holds another prompt: choose a new name"),
        ("triage", "user:\nx\n", "names no variant: write %%prompt task/variant"),
        ("triage/v2 --exmaple m-1", "user:\nx\n", "unrecognized arguments: --exmaple"),
        ("triage/v2 --example m-9", "user:\nx\n", "triage has no example 'm-9'"),
        ("triage/v2", "user:\n{{ tone }}\n", "lacks tone"),
        ("released/triage/v2 --save", "user:\n{{ message }}\n", "holds released prompts"),
        ("../secrets/v2 --save", "user:\nx\n", "would leave the folder"),
    ],
)
def test_a_cell_that_cannot_be_used_says_why_in_one_line(project, line, cell, said):
    with pytest.raises(wb.WorkbenchError) as error:
        prompt_cell(line, cell)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_loading_the_extension_twice_watches_runs_once(watchers):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    wb.load_ipython_extension(shell)
    wb.load_ipython_extension(shell)
    assert watchers == [watch]
    assert "prompt" in shell.magics_manager.magics["cell"]


# --- matrix


def test_the_table_carries_a_line_an_example_and_a_cell_a_variant(labelled, front_end):
    table = front_end(wb.show(labelled)).do("show")["table"]
    assert [column["name"] for column in table["columns"]] == ["Example", "Text", "v1", "v2", "v3", "Person"]
    assert [len(column) for column in table["rows"]] == [240] * 6
    text, mark, differs, score = table["rows"][2][0]
    assert (text, differs) == (json.loads(labelled.columns["output"][0])["queue"], False)
    assert mark == int(labelled.columns["right_queue"][0] >= 0.5)
    assert float(score) == pytest.approx(labelled.columns["right_queue"][0], abs=0.005)
    assert len(json.dumps(table)) < 240 * 400


def test_a_row_without_a_score_shows_its_status_and_counts_as_failure(tmp_path, front_end):
    run = triage_run(tmp_path, count=8)
    run.columns["status"][0], run.columns["right_queue"][0] = "malformed", math.nan
    table = front_end(wb.show(run)).do("show")["table"]
    assert table["rows"][2][0][1] == "malformed"
    assert table["fails"][0]


def test_search_finds_what_the_table_does_not_show(labelled, front_end):
    browser = front_end(wb.show(labelled))
    assert browser.do("search", search="customer writes about")["table"]["found"] == list(range(240))
    assert browser.do("search", search="ORDER 88017")["table"]["found"] == [17]
    assert browser.do("search", search=" ")["table"]["found"] is None


def test_an_opened_row_shows_every_answer_with_its_difference_and_reason(labelled, front_end):
    got = front_end(wb.show(labelled)).do("open", 3)["table"]
    assert got["row"] == 3
    assert got["html"].count("tokens in,") == 3
    assert "right_queue: " in got["html"] and "exact: " in got["html"]
    assert "language: " in got["html"]


def test_another_critic_can_judge_the_table(labelled, front_end):
    browser = front_end(wb.show(labelled))
    table = browser.do("judge", judge="exact")["table"]
    assert table["rows"][2][0][1] == labelled.columns["exact"][0]


# --- leaderboard


def test_the_decision_comes_first_and_the_uncorrected_scores_say_so(tmp_path):
    shown = str(wb.show(wb.compare(triage_run(tmp_path), "right_queue", baseline="v1")).twin())
    assert shown.index("Ship v3:") < shown.index("<table")
    assert "Critic’s score, points" in shown and "Scores are the critic&#39;s own" in shown


def test_labels_put_corrected_scores_in_front(labelled):
    shown = str(wb.show(wb.compare(labelled, "right_queue", baseline="v1")).twin())
    assert "Corrected score, points" in shown and 'class="raw"' in shown


def test_the_winner_is_exported_by_its_button_and_no_other(labelled, project, front_end):
    choice = wb.compare(labelled, "right_queue", baseline="v1")
    browser = front_end(wb.show(choice))
    assert "Export v3" in browser.do("show")["html"]
    assert browser.do("export")["done"].startswith("Exported v3 to prompts/released/triage/v3.prompty.")
    assert (project / "prompts/released/triage/v3.prompty").is_file()


# --- labeller


def test_every_label_is_in_the_store_at_once_and_can_be_taken_back(tmp_path, front_end):
    run = triage_run(tmp_path, count=20)
    browser = front_end(wb.show(labels.draw(run, "right_queue", rater="me")))
    for key in ("1.0", "0.0", None, "1.0"):
        browser.do("label", key) if key else browser.do("skip")
    assert [record["value"] for record in run.store.labels("right_queue") if not record["skipped"]] == [1.0, 0.0, 1.0]
    got = browser.do("undo")
    assert [record["skipped"] for record in run.store.labels("right_queue")] == [False, False, True]
    assert got["count"] == "2 answers judged by me, 1 skipped, saved"
    again = wb.show(labels.draw(run, "right_queue", rater="me"))
    assert len(again.draw.rows) == len(browser.view.draw.rows) - 3


def test_a_blind_labeller_shows_neither_variant_nor_critic(tmp_path, front_end):
    browser = front_end(wb.show(labels.draw(triage_run(tmp_path, count=20), "right_queue", rater="me")))
    assert "critic says" not in browser.do("show")["html"]
    assert "the critic says" in browser.do("blind", blind=False)["item"]
    browser.do("label", "1.0")
    assert [record["blind"] for record in browser.view.run.store.labels("right_queue")] == [False]


def test_the_width_is_shown_from_fifteen_examples_on_and_never_a_direction(tmp_path, front_end):
    run = triage_run(tmp_path, count=60)
    browser = front_end(wb.show(labels.draw(run, "right_queue", rater="me", variants=["v1", "v3"])))
    for number in range(60):
        row = browser.view.draw.rows[browser.view.place]
        got = browser.do("label", run.columns["exact"][row])
        if number == 10:
            assert "The first width appears after 15" in got["signal"]
    assert "The difference is known to ±" in got["signal"]
    for telling in ("better", "worse", "v1", "v3", "ahead", "behind", "+"):
        assert telling not in Html(got["signal"]).striptags()


def test_ratings_are_given_by_their_digits(tmp_path, front_end):
    run = triage_run(tmp_path, count=8)
    run.meta["critics"]["right_queue"]["scale"] = [1, 5]
    shown = front_end(wb.show(labels.draw(run, "right_queue", rater="me"))).do("show")["html"]
    assert [f'data-key="{key}"' in shown for key in "12345y"] == [True] * 5 + [False]


# --- runs that go on


async def test_a_run_shows_progress_and_what_it_came_to(project, front_end, watchers):
    shown = []
    watchers.append(lambda run, progress: shown.append((run, progress)))
    async with model_that_says("billing") as (model, _):
        await wb.run(wb.load_prompts("prompts/triage"), examples(12), model, [SAYS_BILLING], store="s.db")
    run, last = shown[-1]
    view = LiveRun(run, last)
    view.board = view._standing()
    assert "triage: 36 of 36 answers" in view.twin()
    assert "All answers are in." in view.twin()
    assert "not yet corrected by people" in view.twin()
    assert_safe(view.twin())


async def test_cancel_stops_the_run_and_keeps_what_is_done(project, front_end, watchers):
    views = []

    def cancel(run, progress):
        if not views:
            views.append(LiveRun(run, progress))
        views[0].progress = progress
        if progress.done and not run.stopped:
            front_end(views[0]).do("cancel")

    watchers.append(cancel)
    async with model_that_says("billing", seconds=0.05) as (model, _):
        run = await wb.run(wb.load_prompts("prompts/triage"), examples(900), model, store="s.db")
    done = run.counts.get("ok", 0)
    assert 0 < done < 2_700
    assert f"Cancelled after {done:,} of 2,700 answers" in views[0].twin()


async def test_a_quiet_run_shows_nothing(project, watchers, capsys):
    watchers.append(watch)
    async with model_that_says("billing") as (model, _):
        with quietly():
            await wb.run(wb.load_prompts("prompts/triage")[:1], examples(2), model, store="s.db")
    assert capsys.readouterr().out == ""
