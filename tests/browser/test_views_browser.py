"""Views in a real JupyterLab: what is typed, clicked and pressed reaches the kernel, and nothing
hostile runs.
"""

import json
import re
from pathlib import Path

import pytest
from links import links_open
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
expect.set_options(timeout=30_000)  # a machine may be busy with other things

TESTS = Path(__file__).resolve().parents[1]
WIDE = {"width": 1150, "height": 1300}
START = f"""
%load_ext workbench
import sys; sys.path.insert(0, {str(TESTS)!r})
from pathlib import Path
import workbench as wb
import sample_runs
from sample_runs import label_some, triage_run
"""
HOSTILE = (
    "<script>window.hit='script'</script>",
    "</script><!--<script>window.hit='closed'</script>",
    "\"><img src='http://127.0.0.1:9/pixel.png' onerror='window.hit=1'><svg onload='window.hit=2'>",
    "[click](javascript:window.hit=3) ![x](http://127.0.0.1:9/pixel.png) "
    "$\\\\href{javascript:window.hit=4}{x}$",
    "\u202eevil\u2066\x00\x1b[31mred\x1b[0m\x07",
    "<style>body{display:none}</style><iframe src='http://127.0.0.1:9/'></iframe></textarea></table>",
    "x" * 1_000_000,
)


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport=WIDE)
    yield context.new_page()
    context.close()


@pytest.fixture
def axe():
    """Finds serious faults of accessibility in an element: `[(rule, what is wrong), ...]`."""
    script = Path(pytest.importorskip("axe_core_python").__file__).parent / "axe.min.js"

    def check(element):
        element.page.evaluate(script.read_text())
        found = element.evaluate("element => axe.run(element)")["violations"]
        return [
            (fault["id"], node["html"][:200])
            for fault in found
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]

    return check


TASK = (
    START
    + """
prompts = wb.load_prompts("prompts/triage")
examples = wb.load_examples("datasets/triage.jsonl")
actor = wb.model("actor")
judge = wb.Rubric.load("prompts/critics/right_queue.prompty", wb.model("critic"))
"""
)


def test_an_edited_prompt_shows_at_once_what_it_becomes(lab, page, model):
    model.seconds = 0
    notebook = lab.open(
        page, "edit", TASK, 'wb.show(prompts["v3"], examples, actor, [judge])'
    ).run_all()
    editor = notebook.view(1)
    editor.locator("[name=text0]").fill("Route the message in one word.\nMoney back is billing.")
    preview = editor.locator("[data-part=preview]")
    expect(preview).to_contain_text("Money back is billing.")
    expect(editor.locator(".line.a").last).to_have_text("Money back is billing.")
    expect(editor.locator("[data-part=state]")).to_have_text(
        "2 lines added and 2 lines removed, not saved."
    )
    before = preview.inner_text()
    editor.get_by_label("Next example").click()
    expect(preview).not_to_have_text(before)
    editor.locator("[name=text0]").press("Control+Enter")
    expect(editor.locator("[data-part=tried]")).to_contain_text("Five examples find faults")
    notebook.keep(1, "view-editor")
    editor.locator("[name=name]").fill("v4")
    editor.get_by_role("button", name="Save variant v4").click()
    expect(editor.locator("[data-part=note]")).to_have_text("Saved prompts/triage/v4.prompty.")
    expect(editor.locator("[data-part=state]")).to_have_text(
        "2 lines added and 2 lines removed, saved as v4."
    )
    expect(editor.locator("[name=name]")).to_have_value("v5")
    expect(editor.get_by_role("button", name="Save variant v5")).to_be_visible()
    page.wait_for_timeout(400)  # what was typed before the click does not come after it
    expect(editor.locator("[name=name]")).to_have_value("v5")
    expect(editor.get_by_role("button", name="Save variant v5")).to_be_visible()
    editor.locator("[name=against]").select_option("v4")
    expect(editor.locator("[data-part=difference]")).to_have_text("No change.")
    notebook.keep(1, "view-editor-saved")
    assert "Money back is billing." in (lab.folder / "prompts/triage/v4.prompty").read_text()
    editor.locator("[name=text1]").fill("{{ message }} {{ tone }}")
    expect(preview).to_contain_text("lacks tone")
    notebook.keep(1, "view-editor-missing")
    assert notebook.errors == []


def test_a_cancelled_run_keeps_its_rows_and_goes_on_from_there(lab, page, model):
    model.seconds = 0.2
    run = 'run = await wb.run(prompts[:2], examples, actor, [judge], budget=5.0, store="live.db")'
    quote = 'wb.show(wb.quote(prompts[:2], examples, actor, [judge], store="live.db"))'
    notebook = lab.open(page, "live", TASK, quote, run)
    notebook.command("notebook:run-all-cells")
    live = notebook.view(2)
    expect(live.locator("h3")).to_have_text(re.compile(r"triage: [1-9]\d* of 200 answers"))
    expect(live.locator("[data-part=board] tbody tr")).to_have_count(2)
    notebook.keep(2, "view-live-run")
    live.get_by_role("button", name="Cancel").click()
    expect(live).to_contain_text("run the cell again to go on.")
    kept = int(re.search(r"Cancelled after (\d+) of 200 answers", live.inner_text())[1])
    assert 0 < kept < 200
    notebook.keep(2, "view-live-run-cancelled")
    model.seconds = 0
    notebook.run_all()
    again = notebook.view(2)
    expect(again).to_contain_text("All answers are in.")
    stored = int(re.search(r"made, (\d+) from the store", again.inner_text())[1])
    assert stored >= kept
    notebook.keep(1, "view-quote")
    notebook.keep(2, "view-live-run-finished")
    assert notebook.errors == []


def test_ten_thousand_rows_are_sorted_filtered_searched_and_opened(lab, page):
    made = "run = triage_run(Path('large'), count=10_000)"
    notebook = lab.open(page, "matrix", START, made, "wb.show(run)").run_all()
    matrix = notebook.view(2)
    rows, count = matrix.locator("tr.row"), matrix.locator("output")
    expect(rows.first).to_be_visible()
    expect(count).to_have_text("10,000 of 10,000 rows")
    assert rows.count() < 60  # only those in sight exist
    matrix.get_by_role("button", name="Example").click()
    expect(rows.first.locator(".rowbtn")).to_have_text("m-09999")
    matrix.get_by_label("Failures only").check()
    expect(count).not_to_have_text("10,000 of 10,000 rows")
    matrix.get_by_label("Differs only").check()
    matrix.get_by_label("Search").fill("order 88123.")
    expect(count).to_have_text(re.compile("[01] of 10,000 rows"))
    matrix.get_by_label("Failures only").uncheck()
    matrix.get_by_label("Differs only").uncheck()
    expect(count).to_have_text("1 of 10,000 rows")
    matrix.get_by_label("Search").fill("")
    expect(count).to_have_text("10,000 of 10,000 rows")
    rows.first.click()
    detail = matrix.locator("td.detail")
    expect(detail).to_contain_text("Order 97999.")
    expect(detail.locator("h3")).to_have_count(3)
    notebook.keep(2, "view-matrix")
    page.keyboard.press("Escape")
    expect(detail).to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(detail).to_contain_text("Order 97998.")
    matrix.locator(".box").evaluate("box => box.scrollTop = 140000")
    expect(rows.first).to_be_visible()
    matrix.get_by_label("Search").fill("no such text anywhere")
    expect(matrix.locator(".none")).to_contain_text("No row matches.")
    matrix.get_by_role("button", name="Clear the filters").click()
    expect(count).to_have_text("10,000 of 10,000 rows")
    assert notebook.errors == []


def test_twelve_variants_scroll_sideways_and_an_open_row_fits_the_box(lab, page):
    names = "names = [f'a_long_name_of_a_variant_that_ends_in_{n}' for n in range(12)]"
    made = """
from dataclasses import replace
many = [replace(prompts["v1"], name=name) for name in names]
with wb.runs.unwatched():
    run = await wb.run(many, examples[:30], actor, [judge], store="twelve.db")
"""
    notebook = lab.open(page, "twelve", TASK, names, made, "wb.show(run)").run_all()
    matrix = notebook.view(3)
    rows, head = matrix.locator("tr.row"), matrix.locator("thead th")
    expect(head).to_have_count(15)
    assert rows.first.locator("td").nth(1).bounding_box()["width"] >= 200  # the text
    assert head.nth(14).get_attribute("title") == "a_long_name_of_a_variant_that_ends_in_11"
    cut = "span => [getComputedStyle(span).textOverflow, span.scrollWidth > span.clientWidth]"
    assert head.nth(14).locator("span").evaluate(cut) == ["ellipsis", True]
    box = matrix.locator(".box")
    assert box.evaluate("box => box.scrollWidth") > 1800
    rows.first.click()
    answers = matrix.locator("td.detail h3")
    expect(answers).to_have_count(12)
    for scrolled in (0, 700):
        box.evaluate(f"box => box.scrollLeft = {scrolled}")
        assert_answers_fit(box, answers)
        assert_lies_at_the_left(box, rows.first.locator("td").first)
        notebook.keep(3, f"view-matrix-twelve-{scrolled}")
    page.locator(".jp-CodeCell").nth(3).locator(".wb-live").evaluate("view => view.remove()")
    twin = page.locator(".jp-CodeCell").nth(3).locator(".wb-twin")
    page.evaluate("document.querySelectorAll('.wb-twin').forEach(twin => twin.hidden = false)")
    expect(twin).to_be_visible()
    assert twin.locator("tr.row td").nth(1).bounding_box()["width"] >= 200
    scroll = twin.locator(".scroll")
    assert (
        scroll.evaluate(
            "box => box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX"
        )
        == "auto"
    )
    notebook.keep(3, "view-twin-twelve")
    assert notebook.errors == []


def assert_answers_fit(box, answers):
    seen = box.bounding_box()
    spots = [answer.bounding_box() for answer in answers.all()]
    right = seen["x"] + seen["width"]
    assert all(seen["x"] <= spot["x"] and spot["x"] + spot["width"] <= right for spot in spots)
    assert len({round(spot["y"]) for spot in spots}) > 1  # they wrap


def assert_lies_at_the_left(box, cell):
    assert abs(cell.bounding_box()["x"] - box.bounding_box()["x"]) < 3


def test_a_key_held_down_labels_one_answer_and_capitals_are_keys_too(lab, page):
    show = "wb.show(wb.labels.draw(run, 'right_queue', rater='me'))"
    notebook = lab.open(
        page, "held", START, "run = triage_run(Path('held'), count=20)", show
    ).run_all()
    labeller = notebook.view(2)
    labeller.locator(".labeller").focus()
    for _ in range(8):
        page.keyboard.down("y")  # the second and all later ones are repeats
    page.keyboard.up("y")
    page.keyboard.press("N")
    count = labeller.locator("[data-part=count]")
    expect(count).to_have_text("2 answers judged by me, none skipped, saved")
    page.wait_for_timeout(500)
    expect(count).to_have_text("2 answers judged by me, none skipped, saved")
    expect(labeller.locator("[data-part=log] li")).to_have_text(
        [re.compile(": no$"), re.compile(": yes$")]
    )
    assert notebook.errors == []


def test_ten_rows_are_labelled_by_keyboard_and_found_again_after_a_reload(lab, page):
    show = "wb.show(wb.labels.draw(run, 'right_queue', rater='me', variants=['v1', 'v3']))"
    notebook = lab.open(
        page, "labels", START, "run = triage_run(Path('labels'), count=60)", show
    ).run_all()
    labeller = notebook.view(2)
    labeller.locator(".labeller").focus()
    for number, key in enumerate("ynyyynyyny", 1):
        page.keyboard.press(key)
        expect(labeller.locator("[data-part=count]")).to_contain_text(f"{number} answer")
    page.keyboard.press("u")
    expect(labeller.locator("[data-part=count]")).to_have_text(
        "9 answers judged by me, none skipped, saved"
    )
    notebook.keep(2, "view-labeller")
    item = labeller.locator("[data-part=item]").inner_text()
    notebook.command("docmanager:save")
    page.wait_for_timeout(1000)
    notebook.reload()
    expect(labeller.locator("[data-part=count]")).to_have_text(
        "9 answers judged by me, none skipped, saved"
    )
    assert labeller.locator("[data-part=item]").inner_text() == item
    assert (
        page.locator(".jp-CodeCell").count() == 3
    )  # no key was taken for a command of the notebook
    labeller.locator(".labeller").focus()
    for _ in range(40):
        page.keyboard.press("y")
    expect(labeller.locator("[data-part=signal] svg.plot")).to_be_visible()
    notebook.keep(2, "view-labeller-width")
    assert notebook.errors == []


def test_comparison_and_card_read_well_in_both_themes(lab, page, axe):
    cells = [
        "run = triage_run(Path('read')); label_some(run)",
        "wb.show(wb.compare(run, 'right_queue', baseline='v1', margin=0.05, gold='exact'))",
        "wb.show(wb.trust(run, 'right_queue'))",
        "wb.show(run)",
        "choice = wb.compare(run, 'exact', baseline='v1'); wb.report(choice)",
        "wb.export(choice, 'out')",
        "wb.save(run, 'out/rows.xlsx')",
    ]
    notebook = lab.open(page, "read", START, *cells).run_all()
    links_open(notebook)
    board = notebook.view(2)
    expect(board).to_contain_text("Ship v3:")
    expect(notebook.view(3).locator("[data-do=read]")).to_be_visible()
    cell = board.locator("td.bad .cellb").first
    cell.click()
    opened = board.locator("[data-part=cell] tr.row")
    expect(opened).to_have_count(int(cell.inner_text()))
    matrix = notebook.view(4)
    expect(matrix.locator("tr.row").nth(19)).to_be_visible()  # also after it was out of sight
    matrix.locator("tr.row").nth(3).click()
    for theme in ("Light", "Dark"):
        page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})",
            f"JupyterLab {theme}",
        )
        page.wait_for_timeout(1500)
        for cell, name in ((2, "leaderboard"), (3, "card"), (4, "matrix-open")):
            notebook.keep(cell, f"view-{name}-{theme.lower()}")
            assert axe(notebook.view(cell)) == []
    page.evaluate(
        "window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})"
    )
    board.get_by_role("button", name="Export v3").click()
    expect(board.locator("[data-part=done]")).to_contain_text(
        "Exported v3 to prompts/released/triage/v3.prompty."
    )
    assert notebook.errors == []


HOSTILE_RUN = """
import json
texts = json.loads(Path("hostile.json").read_text())
answer = lambda example, name, queue: texts[int(example.id[2:]) % len(texts)]
run = triage_run(Path("hostile"), count=40, outputs=answer)
for row, status in enumerate(run.columns["status"]):
    text = texts[row % len(texts)]
    sample_runs.answer(run, row, status, run.columns["output"][row], text)
    sample_runs.judge(run, row, run.columns["right_queue"][row], text)
made = lambda i, text, few: wb.Example(f"{i} {few}", {text[:50]: text}, text, {"kind": few})
bad = [made(i, text, text[:500]) for i, text in enumerate(texts)]
"""


def test_hostile_text_runs_nothing_and_breaks_no_layout(lab, page):
    (lab.folder / "hostile.json").write_text(json.dumps(HOSTILE))
    cells = [
        HOSTILE_RUN,
        "wb.show(run)",
        "wb.show(wb.labels.draw(run, 'right_queue', rater=texts[2]))",
        "wb.show(wb.Dataset(bad, texts[0]))",
        "wb.show(wb.load_prompt('prompts/triage/v1.prompty'), bad)",
    ]
    notebook = lab.open(page, "hostile", START, *cells).run_all()
    matrix = notebook.view(2)
    for row in range(7):
        matrix.locator("tr.row").nth(row).click()
        expect(matrix.locator("td.detail h3")).to_have_count(3)
        matrix.locator("td.detail summary").first.click()
        page.keyboard.press("Escape")
    matrix.locator("tr.row").nth(2).click()
    notebook.keep(2, "view-hostile-matrix")
    notebook.view(3).locator(".labeller").focus()
    for _ in range(8):
        page.keyboard.press("s")
    notebook.keep(3, "view-hostile-labeller")
    notebook.keep(4, "view-hostile-dataset")
    assert page.evaluate("window.hit") is None
    assert [url for url in notebook.requests if ":9/" in url] == []
    assert notebook.errors == []
    wide = (
        "views => views.filter(view => view.scrollWidth > view.clientWidth + "
        "1).map(view => view.textContent)"
    )
    assert page.locator(".wb:visible").evaluate_all(wide) == []
    tall = "views => Math.max(...views.map(view => view.clientHeight))"
    assert page.locator(".wb:visible").evaluate_all(tall) < 2000


def test_a_notebook_of_yesterday_shows_its_twins(lab, page):
    made = "run = triage_run(Path('old'), count=30)"
    compared = "wb.show(wb.compare(run, 'right_queue', baseline='v1'))"
    notebook = lab.open(page, "old", START, made, "wb.show(run)", compared).run_all()
    expect(notebook.view(2).locator("tr.row").first).to_be_visible()
    notebook.command("docmanager:save")
    page.wait_for_timeout(1500)
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    notebook.reload()
    page.wait_for_timeout(4000)  # the front end gives up on a widget after two seconds
    twin = page.locator(".jp-CodeCell").nth(2).locator(".wb-twin")
    expect(twin).to_be_visible()
    expect(twin).to_contain_text("20 of 30 rows")
    assert not page.get_by_text("Error displaying widget").first.is_visible()
    notebook.keep(2, "view-twin-matrix")
    notebook.keep(3, "view-twin-leaderboard")
