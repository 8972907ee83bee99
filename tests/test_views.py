"""What all views promise: a twin for every noun, small payloads, nothing hostile, errors said."""

import asyncio
import json
import time
from pathlib import Path

import nbformat
import pytest
from front_end import HOSTILE, assert_safe
from jupyter_client.manager import start_new_kernel
from sample_runs import a_race, a_trying, judge, triage_run

import workbench as wb
from workbench import labels, testing
from workbench.errors import PromptError
from workbench.page.markup import html
from workbench.reports.execute import execute
from workbench.runs import Quote
from workbench.views.view import WIDGET, View

TESTS = Path(__file__).parent


def nouns(run, project):
    prompts = wb.load_prompts("prompts/triage")
    return {
        "comparison": wb.show(wb.compare(run, "right_queue", baseline="v1")),
        "run": wb.show(run),
        "labels": wb.show(labels.draw(run, "right_queue", rater="B")),
        "card": wb.show(wb.trust(run, "right_queue")),
        "race": wb.show(a_race()),
        "trying": wb.show(a_trying()),
        "prompt": wb.show(prompts["v3"], run.examples),
        "dataset": wb.show(run.examples),
        "quote": wb.show(Quote(10, 2, 100, 50, 0.25, 0.9, 12.0, {"actor": 8, "right_queue": 2})),
    }


def test_every_noun_on_show_is_html_and_plain_text_too(labelled, project, front_end):
    said = {
        "comparison": "Ship v3:",
        "run": "m-00000",
        "labels": "Label: right_queue",
        "card": "right_queue may",
        "prompt": "Route the message, as v3 does.",
        "dataset": "triage: 240 examples",
        "quote": "at most $0.90",
        "race": "v2 leads",
        "trying": "6 of 10 failed",
    }
    for noun, view in nouns(labelled, project).items():
        bundle = view._repr_mimebundle_()
        assert said[noun] in bundle["text/html"], noun
        assert bundle["text/plain"] and "<" not in bundle["text/plain"], noun
        assert (WIDGET in bundle) == (noun not in ("dataset", "race", "trying")), noun
        assert_safe(bundle["text/html"])


def test_live_html_is_as_safe_as_the_twin(labelled, project, front_end):
    for view in nouns(labelled, project).values():
        assert_safe(view.live())


def test_hostile_text_stays_text_wherever_it_comes_from(tmp_path, project, front_end):
    run = triage_run(
        tmp_path / "r", count=30, outputs=lambda example, name, queue: f"{HOSTILE}{queue} of {name}"
    )
    for row in range(len(run.columns["output"])):
        judge(run, row, run.columns["right_queue"][row], HOSTILE)
    assert HOSTILE[:8] not in wb.show(run)._repr_mimebundle_()["text/html"]
    matrix, labeller = wb.show(run), wb.show(labels.draw(run, "right_queue", rater=HOSTILE))
    for view in (matrix, labeller):
        assert_safe(view.twin())
        assert_safe(view.live())
    opened = json.dumps(matrix.opened(0), ensure_ascii=False)  # it is drawn as textContent
    assert "\x1b" not in opened and "\u202e" not in opened and "\\u001b" not in opened
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
    assert "m-00000" not in state and len(state) < 72_000  # the style of every stage


def test_show_says_what_it_can_show():
    with pytest.raises(TypeError, match="what is shown is an int: give one of Prompt"):
        wb.show(3)


def test_formulas_are_not_made_of_prices(labelled):
    assert (
        'class="wb-twin tex2jax_ignore mathjax_ignore"' in wb.show(labelled).static()["text/html"]
    )


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


def test_a_cell_that_meets_an_error_shows_one_line_and_no_traceback(capsys):
    from IPython.core.interactiveshell import InteractiveShell

    ran = InteractiveShell().run_cell(
        "import workbench as wb; wb.load_prompt('prompts/none.prompty')"
    )
    shown = capsys.readouterr().out.strip()
    assert not ran.success
    assert shown.startswith("PromptError: prompts/none.prompty is not there") and "\n" not in shown


def test_an_interrupted_cell_shows_one_line_and_keeps_what_is_done(project):
    with testing.serve(lambda ask: testing.Reply("billing", seconds=0.3)) as server:
        run = (
            "run = await wb.run(prompts, examples, wb.Model('m', 'm', url, "
            "max_concurrency=1), store='s.db')"
        )
        task = (
            "prompts, examples = wb.load_prompts('prompts/triage'), "
            "wb.load_examples('datasets/triage.jsonl')"
        )
        manager, client = start_new_kernel(cwd=str(project))
        try:
            client.execute(f"import workbench as wb\nurl = {server.url!r}\n{task}\n{run}")
            while len(server.log) < 3:
                time.sleep(0.05)
            manager.interrupt_kernel()
            ended = first_error(client)
        finally:
            manager.shutdown_kernel(now=True)
    assert ended == [
        "Interrupted. What is done is kept: run again to go on, or read it with wb.load_run()."
    ]
    assert wb.load_run(store="s.db").counts["ok"] >= 2


def first_error(client) -> list[str]:
    while True:
        message = client.get_iopub_msg(timeout=20)
        if message["msg_type"] == "error":
            return message["content"]["traceback"]


# --- without a front end


def test_a_notebook_run_headlessly_keeps_twins_and_stays_small(project):
    cells = [
        "%load_ext workbench\nimport sys\nfrom pathlib import Path\nimport workbench as wb\n"
        f"sys.path.insert(0, {str(TESTS)!r})\nfrom sample_runs import triage_run",
        "prompts, examples = wb.load_prompts('prompts/triage'), "
        "wb.load_examples('datasets/triage.jsonl')\n"
        "run = await wb.run(prompts, examples, wb.model('actor'), [wb.Length(at_most=50)])",
        "run = triage_run(Path('r'), count=1_000)\nwb.show(run)",
        "wb.show(wb.compare(run, 'right_queue', baseline='v1'))",
        "wb.show(prompts['v3'], examples)",
        "%%prompt triage/v2 --example m-00004\nuser:\n{{ message }}",
        "raced = await wb.race(prompts, examples, wb.model('actor'), "
        "[wb.Length(at_most=50)], within=0.1)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, project / "all.ipynb")
    with testing.serve(lambda ask: "billing") as server:
        actor = f"{{id: m, base_url: '{server.url}', price: {{input: 1, output: 1}}}}"
        (project / "models.yaml").write_text(f"models: {{m: {actor}}}\nroles: {{actor: m}}\n")
        done = execute("all.ipynb", project / "out")
    outputs = [cell.outputs for cell in nbformat.read(done.notebook, 4).cells]
    said = [
        "36 of 36 answers",
        "20 of 1,000 rows",
        "Ship v3:",
        "Route the message, as v3 does.",
        "Order 88004.",
        "may be as good",
    ]
    for shown, text in zip(outputs[1:], said, strict=True):
        pages = [output.get("data", {}).get("text/html", "") for output in shown]
        twins = [page for page in pages if "wb-twin" in page]
        assert len(twins) == 1 and text in twins[0]
    assert done.notebook.stat().st_size < 300_000
    assert all(text in done.page.read_text() for text in said)


def test_right_answers_of_one_field_are_shown_as_such_and_none_take_no_column():
    known = wb.Dataset([wb.Example("a", {"text": "x"}, {"label": "thanks"})], "d")
    shown = wb.show(known).static()["text/html"]
    assert '<div class="few" dir="auto">thanks</div>' in shown and ">Tags<" not in shown
    unknown = wb.Dataset([wb.Example("a", {"text": "x"})], "d")
    assert ">Expected<" not in wb.show(unknown).static()["text/html"]
