"""Pages keep to their width whatever fonts a machine has: with its own, and with wide ones."""

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ARTIFACTS, Opened
from sample_runs import ACTOR, a_race, a_trying, label_some, triage_run

import workbench as wb
from workbench.page.frame import page
from workbench.page.markup import Html, html
from workbench.reports import report
from workbench.sections.style import view_style

pytestmark = pytest.mark.browser

FONTS = {"own": "", "wide": "*{letter-spacing:.1em!important;font-variant:normal!important}"}
WIDE_TYPE = "html{font-size:118%!important}"
# What reaches beyond the page, apart from what lies in a box that scrolls or cuts; the page itself
# is not let off, though it cuts too.
BEYOND = """() => [...document.querySelectorAll("body *")].filter((each) => {
  const {right, width} = each.getBoundingClientRect();
  if (!width || right <= document.documentElement.clientWidth + 1) return false;
  for (let box = each.parentElement; box && box !== document.body; box = box.parentElement)
    if (getComputedStyle(box).overflowX !== "visible" && !box.matches(".page")) return false;
  return !each.closest("svg");  // ends of axes stand half beyond them
}).map((each) => each.tagName + "." + each.className + " " + each.textContent.slice(0, 40))"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A report with labels, one of six variants with a long name, and every view that needs no
    kernel."""
    folder = tmp_path_factory.mktemp("layout")
    labelled = triage_run(folder / "labelled")
    label_some(labelled)
    choice = wb.compare(labelled, "right_queue", baseline="v1", gold="exact")
    actors = tuple(replace(ACTOR, name=name) for name in ("openai/gpt-4o-mini-2024", "actor"))
    six = triage_run(folder / "six", count=40, actors=actors)
    many = wb.compare(six, "right_queue", baseline=six.variants[0].name, gold="exact")
    made = {
        "labelled": report(choice, folder / "labelled.html"),
        "six": report(many, folder / "six.html"),
        "views": folder / "views.html",
    }
    quote = wb.quote(labelled.prompts, labelled.examples, ACTOR, store=labelled.store)
    nouns = [many, six, labelled.examples, quote, wb.trust(labelled, "right_queue")]
    shown = [wb.show(noun).twin() for noun in (*nouns, a_race(), a_trying())]
    body = html("").join(html('<div class="wb">{}</div>', twin) for twin in shown)
    made["views"].write_text(page("views", Html(body), styles=[str(view_style())], scripts=[]))
    return made


@pytest.mark.parametrize("fonts", FONTS)
@pytest.mark.parametrize("width", [360, 390, 1000, 1440])
@pytest.mark.parametrize("name", ["labelled", "six", "views"])
def test_no_page_is_wider_than_its_window_in_any_font(browser, pages, name, width, fonts):
    context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
    shown = Opened(context.new_page()).go(pages[name])
    style = FONTS[fonts] + (WIDE_TYPE if FONTS[fonts] else "")
    shown.page.evaluate(
        "css => { const s = new CSSStyleSheet(); s.replaceSync(css); "
        "document.adoptedStyleSheets = [s]; }",
        style,
    )
    if name != "views":
        shown.page.locator(".rowbtn").first.click()
    shown.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    shown.keep(f"layout-{name}-{width}-{fonts}")
    beyond = shown.page.evaluate(BEYOND)
    wide = shown.page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert beyond == []
    assert wide <= width


@pytest.mark.parametrize("name", ["labelled", "six"])
def test_pages_are_kept_as_pictures_in_the_dark_and_on_paper(browser, pages, name):
    """Nothing reaches beyond the page there either; the pictures are for people to look at."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="dark", offline=True
    )
    shown = Opened(context.new_page()).go(pages[name])
    shown.keep(f"layout-{name}-1440-dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert shown.page.evaluate(ground) == "rgb(21, 24, 28)"
    shown.page.emulate_media(media="print", color_scheme="light")
    shown.page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dots an inch
    shown.keep(f"layout-{name}-print")
    assert shown.page.evaluate(ground) != "rgb(21, 24, 28)"
    assert shown.page.evaluate(BEYOND) == []
    shown.page.pdf(path=ARTIFACTS / f"layout-{name}.pdf", format="A4", print_background=True)
    context.close()


def test_an_opened_row_is_not_cut_by_its_box(opened, pages):
    page = opened(pages["labelled"]).page
    page.locator(".rowbtn").nth(9).click()
    box, detail = (page.locator(css).bounding_box() for css in (".box", "td.detail"))
    assert box["y"] <= detail["y"]
    assert detail["y"] + detail["height"] <= box["y"] + box["height"] + 1


@pytest.mark.parametrize("name", ["labelled", "six"])
def test_on_a_phone_the_rows_come_within_a_few_screens(opened, pages, name):
    page = opened(pages[name], "phone").page
    page.wait_for_selector("#rows tr.row")
    top = page.locator("#answers").evaluate("each => each.getBoundingClientRect().top + scrollY")
    assert top < (6000 if name == "labelled" else 8000)


def test_the_text_of_an_example_has_room_beside_six_variants(opened, pages):
    page = opened(pages["six"]).page
    page.wait_for_selector("#rows tr.row")
    text = page.locator("tr.row td.c-m").first.bounding_box()
    assert text["width"] > 150
    assert page.locator("th.c-e").count() == 1


def test_a_name_with_hyphens_stands_on_one_line(opened, pages):
    page = opened(pages["six"]).page
    heights = page.locator(".lb tbody th .nb").evaluate_all(
        "names => names.map(name => name.getClientRects().length)"
    )
    assert heights and set(heights) == {1}


FIGURE = """
%load_ext workbench
import sys; sys.path.insert(0, {tests!r})
from pathlib import Path
import workbench as wb
from sample_runs import triage_run
choice = wb.compare(triage_run(Path("f"), count=30), "exact", baseline="v1")
"""
COLOURS = """() => [...document.querySelectorAll(".main-svg text.gtitle, .main-svg .js-line")]
  .map((each) => getComputedStyle(each)).map(({fill, stroke}) => fill === "none" ? stroke : fill)"""


def test_figures_follow_the_theme_of_jupyterlab_also_when_it_changes(lab, browser):
    page = browser.new_context(viewport={"width": 1300, "height": 900}).new_page()
    tests = str(Path(__file__).resolve().parents[1])
    cells = FIGURE.format(tests=tests), "wb.figures.scores(choice)"
    lab.open(page, "figure", *cells).run_all()
    page.wait_for_selector(".jp-RenderedPlotly .main-svg")
    assert "rgb(27, 31, 36)" in page.evaluate(COLOURS)
    assert page.locator(".modebar-btn").count() == 0
    assert page.locator(".jp-RenderedPlotly").bounding_box()["width"] <= 1000
    theme = "window.jupyterapp.commands.execute('apputils:change-theme', {theme: %r})"
    page.evaluate(theme % "JupyterLab Dark")
    page.wait_for_selector("[data-jp-theme-light=false]", state="attached")
    page.wait_for_timeout(1000)
    assert "rgb(227, 230, 234)" in page.evaluate(COLOURS)
    assert page.locator(".jp-RenderedPlotly").bounding_box()["height"] > 150
    page.screenshot(path=ARTIFACTS / "figure-lab-dark.png")
    page.evaluate(theme % "JupyterLab Light")
    page.context.close()
