"""The report in a real browser, offline: it requests nothing, answers mouse and keyboard, and lets
nothing through.
"""

import json

import pytest
from sample_runs import alter_dataset, alter_prompt, answer, examples, judge, label_some, triage_run
from two_days import both_days

from workbench import Example, Run, Scale, compare
from workbench.datasets import Dataset
from workbench.reports.onefile import report

pytestmark = pytest.mark.browser

HOSTILE = (
    "<script>window.hit='script'</script>",
    "</script><script>window.hit='closed'</script><!--",
    '"><img src=x onerror="window.hit=1"><svg onload="window.hit=2">',
    "[click](javascript:window.hit=3) ![x](http://127.0.0.1:9/pixel.png)",
    "\u202eevil\u2066\x00\x1b[31mred\x1b[0m\x07",
    "<style>body{display:none}</style><iframe src='http://127.0.0.1:9/'></iframe><form action='http://127.0.0.1:9/'>",
)


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    """Makes reports once: `page_of("labelled")`."""
    made = {}

    def make(name):
        if name not in made:
            made[name] = MAKERS[name](tmp_path_factory.mktemp(name))
        return made[name]

    return make


def labelled(folder):
    run = triage_run(folder)
    label_some(run)
    return report(compare(run, "right_queue", baseline="v1", margin=0.05), folder / "report.html")


def ignorant(folder):
    run = triage_run(folder, knows=False)
    return report(
        compare(run, "right_queue", baseline="v1", gold="exact"), folder / "report.html", rows="all"
    )


def large(folder):
    run = triage_run(folder, count=10_000)
    return report(compare(run, "right_queue", baseline="v1"), folder / "report.html", rows="all")


def run_alone(folder):
    return report(triage_run(folder, count=8), folder / "report.html", rows="all")


def hostile(folder):
    def outputs(example, name, queue):
        number = int(example.id.removeprefix("m-"))
        if number == 7 and name == "v3":
            return "x" * 1_000_000
        return HOSTILE[number % len(HOSTILE)] + f" {queue} {name}"

    asked = examples(24)
    for example in asked:
        example.tags["language"] = (
            HOSTILE[0] if example.tags["language"] == "pt" else example.tags["language"]
        )
        example.inputs["message"] += HOSTILE[2]
    run = triage_run(folder, outputs=outputs, asked=asked)
    for row, (status, score) in enumerate(
        zip(run.columns["status"], run.columns["right_queue"], strict=True)
    ):
        answer(run, row, status, run.columns["output"][row], HOSTILE[0])
        judge(run, row, score, HOSTILE[row % len(HOSTILE)])
    for name, about in run.meta.prompts.items():
        alter_prompt(run, name, text=about.text + HOSTILE[1], description=HOSTILE[2] + name)
    alter_dataset(run, name=HOSTILE[0])
    return report(
        compare(run, "right_queue", baseline="v1"),
        folder / "report.html",
        rows="all",
        title=HOSTILE[0],
    )


MAKERS = {
    "labelled": labelled,
    "ignorant": ignorant,
    "large": large,
    "run": run_alone,
    "hostile": hostile,
    "long words": lambda folder: long_words(folder),  # below
}


@pytest.mark.parametrize("name", ["labelled", "ignorant", "run"])
@pytest.mark.parametrize("kind", ["light", "dark", "phone"])
def test_it_opens_offline_without_a_request_or_a_word_in_the_console(opened, page_of, name, kind):
    shown = opened(page_of(name), kind)
    shown.page.wait_for_selector("#rows tr.row")
    shown.keep(f"report-{name}-{kind}")
    assert shown.console == []
    assert [url for url in shown.requests if not url.startswith(("file:", "data:"))] == []
    width = shown.page.evaluate("document.documentElement.scrollWidth")
    assert width <= shown.page.viewport_size["width"], "nothing scrolls sideways"


def test_the_decision_is_the_first_thing_said(opened, page_of):
    page = opened(page_of("labelled")).page
    assert page.title().startswith("Which triage prompt should ship? Ship v3: better than v1 by")
    assert page.locator("h1").inner_text() == "Which triage prompt should ship?"
    assert page.locator(".big").inner_text().startswith("Ship v3: better than v1 by")


def test_of_ten_thousand_rows_only_those_in_sight_exist_and_a_row_opens(opened, page_of):
    shown = opened(page_of("large"))
    shown.page.wait_for_selector("#rows tr.row")
    assert shown.page.locator("#rows output").inner_text() == "10,000 of 10,000 rows"
    assert shown.page.locator("#rows tr.row").count() < 80, "only the rows in sight exist"
    shown.page.locator("tr.row").nth(3).click()
    shown.page.wait_for_selector("td.detail .side")
    shown.page.locator("#answers").scroll_into_view_if_needed()
    shown.keep("report-large-open", whole=False)
    shown.page.locator(".box").evaluate("box => box.scrollTop = box.scrollHeight")
    shown.page.wait_for_selector("text=m-09999")
    shown.page.keyboard.press("ArrowUp")
    assert shown.page.evaluate("document.activeElement.textContent") == "m-00002", (
        "the keyboard lost its place"
    )
    assert shown.page.evaluate("document.querySelectorAll('*').length") < 5000
    assert shown.console == []


def test_search_filters_and_sorting_of_ten_thousand_rows(opened, page_of):
    page = opened(page_of("large")).page
    page.wait_for_selector("#rows tr.row")
    count = page.locator("#rows output")
    page.get_by_label("Search examples and answers").fill("order 88042.")
    assert count.inner_text() == "1 of 10,000 rows"
    assert page.locator("tr.row").inner_text().startswith("m-00042")
    page.get_by_label("Search examples and answers").fill("no such words")
    page.get_by_text("Clear the filters").click()
    assert count.inner_text() == "10,000 of 10,000 rows"
    page.get_by_label("language").select_option("pt")
    few = int(count.inner_text().split()[0].replace(",", ""))
    assert 1000 < few < 1600
    page.get_by_label("Failures only").check()
    assert int(count.inner_text().split()[0].replace(",", "")) < few
    page.get_by_label("language").select_option("all")
    page.get_by_label("Failures only").uncheck()
    page.get_by_role("button", name="Example").click()
    assert page.locator("tr.row").first.inner_text().startswith("m-09999")
    page.get_by_label("Judged by").select_option("exact")
    assert page.locator("tr.row .p").count() == 0, "a check's score is 0 or 1 and needs no number"


def shown_rows(page):
    return int(page.locator("#rows output").inner_text().split()[0])


def test_a_cell_of_the_confusion_matrix_opens_its_rows(opened, page_of):
    shown = opened(page_of("ignorant"))
    page = shown.page
    page.wait_for_selector("#rows tr.row")
    shown.keep("report-confusion", whole=False)
    cell = page.locator("td.bad[data-cell] button").first
    count = int(cell.inner_text())
    right, given = cell.get_attribute("aria-label").split(":")[0].split(" answered with ")
    cell.click()
    assert shown_rows(page) == count
    assert page.locator("tr.row td.c-e").all_inner_texts() == [right] * count
    assert page.locator("tr.row").first.get_by_text(given, exact=True).count() >= 1
    page.get_by_role("button", name="Show all rows, not only").click()
    assert shown_rows(page) == 240
    assert shown.console == []


def test_a_cell_opens_by_keyboard_and_gives_way_to_cleared_filters(opened, page_of):
    page = opened(page_of("ignorant")).page
    page.wait_for_selector("#rows tr.row")
    page.locator("td.s5[data-cell] button, td.s4[data-cell] button").first.focus()
    page.keyboard.press("Enter")
    assert 0 < shown_rows(page) < 240
    page.get_by_label("Search examples and answers").fill("no such words")
    page.get_by_text("Clear the filters").click()
    assert shown_rows(page) == 240


def test_rows_that_gold_finds_wrong_and_those_it_contradicts_the_critic_in(opened, page_of):
    page = opened(page_of("ignorant")).page
    page.wait_for_selector("#rows tr.row")
    page.get_by_label("Wrong by exact").check()
    wrong = shown_rows(page)
    assert 0 < wrong < 240
    marks = page.locator("tr.row").first.locator(".vd.no")
    assert marks.count() >= 1, "the marks are those of gold"
    page.get_by_label("Wrong by exact").uncheck()
    page.get_by_label("Critic against gold").check()
    against = shown_rows(page)
    assert 0 < against < 240
    page.get_by_label("Judged by").select_option("right_queue")
    assert shown_rows(page) == against, "whoever marks, the critic is held against gold"


def test_a_row_opens_to_the_answers_side_by_side_by_keyboard_alone(opened, page_of):
    shown = opened(page_of("labelled"))
    page = shown.page
    page.wait_for_selector("#rows tr.row")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.locator(".rowbtn").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    detail = page.locator("td.detail")
    assert detail.locator("h3").all_inner_texts()[0].startswith("v1")
    assert detail.locator("h3").count() == 3
    assert "right_queue:" in detail.inner_text()
    assert "tokens in" in detail.inner_text()
    shown.keep("report-row-open", whole=False)
    assert page.locator(".rowbtn[aria-expanded=true]").count() == 1
    page.keyboard.press("Escape")
    assert detail.count() == 0
    assert page.evaluate("document.activeElement.className") == "rowbtn"


def test_a_link_to_a_row_opens_it(opened, page_of):
    page = opened(page_of("labelled"), anchor="#answer=m-00009").page
    page.wait_for_selector("td.detail")
    assert page.locator("tr.row.open").inner_text().startswith("m-00009")


def test_plots_answer_mouse_and_keyboard(opened, page_of):
    shown = opened(page_of("labelled"))
    mark = shown.page.locator("#tradeoff [data-tip]").first
    mark.hover()
    assert "points" in shown.page.locator(".tip").inner_text()
    shown.page.mouse.move(0, 0)
    assert shown.page.locator(".tip").is_hidden()
    mark.focus()
    assert shown.page.locator(".tip").inner_text().startswith("v3: ")


def test_the_tab_key_stops_at_nothing_that_a_screen_reader_does_not_say(opened, page_of):
    page = opened(page_of("labelled")).page
    hidden = "document.activeElement.closest('[aria-hidden=true]') !== null"
    for _ in range(40):
        page.keyboard.press("Tab")
        assert not page.evaluate(hidden), page.evaluate("document.activeElement.outerHTML")


def test_hostile_text_runs_nothing_requests_nothing_and_breaks_no_layout(opened, page_of):
    shown = opened(page_of("hostile"))
    page = shown.page
    page.wait_for_selector("#rows tr.row")
    for row in (0, 1, 2, 3, 4, 5, 7):
        page.locator(".rowbtn").nth(row).click()
        page.wait_for_selector("td.detail")
    page.locator("td.detail").get_by_role(
        "button", name="Show all 1,000,000 characters"
    ).first.click()
    shown.keep("report-hostile", whole=False)
    assert page.evaluate("window.hit") is None
    assert shown.console == []
    assert [url for url in shown.requests if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.locator("h1").inner_text() == HOSTILE[0]
    assert page.locator("main script, main style, main iframe, main form, main img").count() == 0
    assert "\u202e" not in page.content() and "\x1b" not in page.content()
    assert "⟨U+202E⟩evil" in page.locator("#rows").inner_text()


@pytest.mark.parametrize("name", ["labelled", "ignorant", "run"])
@pytest.mark.parametrize("kind", ["light", "dark", "phone"])
def test_axe_finds_no_serious_violation(opened, page_of, name, kind):
    from axe_core_python.sync_playwright import Axe

    page = opened(page_of(name), kind).page
    page.wait_for_selector("#rows tr.row")
    page.locator(".rowbtn").first.click()
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    found = Axe().run(page)["violations"]
    serious = [
        (each["id"], [node["html"][:200] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == [], json.dumps(serious, indent=1)


def test_it_prints_on_paper_whole_and_without_controls(opened, page_of):
    shown = opened(page_of("labelled"))
    shown.page.wait_for_selector("#rows tr.row")
    shown.page.emulate_media(media="print")
    assert shown.page.locator(".tools").is_hidden()
    assert shown.page.locator("nav.toc").is_hidden()
    shown.keep("report-print")
    paper = shown.page.pdf(prefer_css_page_size=True, print_background=True)
    (shown.keep("report-print")).with_suffix(".pdf").write_bytes(paper)
    assert paper.startswith(b"%PDF") and paper.count(b"/Type /Page\n") < 30


def long_words(folder):
    """Names, texts and answers that are one word each."""
    asked = [
        Example(
            f"{'i' * 60}{n}", {"message": "x" * 900}, {"queue": "billing"}, {"language": "l" * 80}
        )
        for n in range(40)
    ]
    run = triage_run(folder, asked=Dataset(asked, "d" * 120), outputs=lambda *_: "w" * 600)
    return report(compare(run, "right_queue", baseline="v1"), folder / "report.html", rows="all")


SPILT = """() => [...document.querySelectorAll("p, li, dd, h1, h2, caption, figcaption")]
  .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent)"""


@pytest.mark.parametrize("kind", ["light", "phone"])
def test_no_word_is_too_long_for_its_line(opened, page_of, kind):
    page = opened(page_of("long words"), kind).page
    page.wait_for_selector("#rows tr.row")
    assert page.evaluate(SPILT) == []


def test_rows_of_elsewhere_open_to_the_verdict_and_have_no_empty_column(opened, tmp_path):
    rows = [
        {"prompt": name, "example": n, "output": "yes", "right": float(n % 2)}
        for name in ("v1", "v2")
        for n in range(20)
    ]
    run = Run.of(rows, critics={"right": Scale()})
    page = opened(report(run, tmp_path / "rows.html", rows="all")).page
    page.locator(".rowbtn").first.click()
    assert page.locator("td.detail .side > div").first.inner_text().endswith("right: no")
    assert page.locator("th.c-m, td.c-m").count() == 0


ARABIC = "هذا جواب طويل باللغة العربية يجب أن يُعرض من اليمين إلى اليسار، وهو أطول من خليته."
BEGINS = """cell => {
    const range = document.createRange(), {left, right} = cell.getBoundingClientRect();
    range.setStart(cell.firstChild, 0);
    range.setEnd(cell.firstChild, 1);
    const first = range.getBoundingClientRect();
    return first.right <= right + 1 && first.left >= left && cell.scrollWidth > cell.clientWidth;
}"""


def test_a_long_answer_from_right_to_left_shows_its_beginning_right_of_its_mark(opened, tmp_path):
    rows = [
        {"prompt": name, "example": n, "output": ARABIC, "right": float(n % 2)}
        for name in ("v1", "v2", "v3")
        for n in range(20)
    ]
    run = Run.of(rows, critics={"right": Scale()})
    page = opened(report(run, tmp_path / "rows.html", rows="all")).page
    answer = page.locator("tr.row .ans bdi").first
    assert answer.evaluate(BEGINS)
    assert answer.evaluate("cell => getComputedStyle(cell, '::before').left") == "0px"


def test_without_scripts_everything_but_the_rows_is_there(browser, page_of):
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(page_of("labelled").as_uri())
    assert page.locator(".big").inner_text().startswith("Ship v3")
    assert page.locator("#tradeoff svg.plot").count() == 2
    assert "scripts switched off" in page.locator("#rows").inner_text()
    context.close()


def test_the_rows_that_flipped_between_two_runs_can_be_shown_alone(opened, days, tmp_path):
    yesterday, today = both_days(days)
    choice = compare(today, "exact", against=yesterday, baseline="v2")
    page = opened(report(choice, tmp_path / "two.html", rows="all")).page
    page.wait_for_selector("#rows tr.row")
    page.get_by_label("Flipped only").check()
    assert shown_rows(page) == 21
    page.get_by_label("Flipped only").uncheck()
    assert shown_rows(page) == 40
