"""The page of an executed notebook in a real browser: figures are drawn offline, and nothing
hostile gets through.
"""

import json

import nbformat
import pytest
from sample_runs import triage_run

from workbench import compare, show
from workbench.reports.notebook import notebook_page
from workbench.sections import figures

pytestmark = pytest.mark.browser
PLOTLY = "application/vnd.plotly.v1+json"
HOSTILE = (
    "<script>window.hit='script'</script><img src=x onerror=\"window.hit='img'\"><svg "
    "onload=\"window.hit='svg'\">"
    "<a href=\"javascript:window.hit='link'\">press</a><form action='http://127.0.0.1:9/'><button>send</button></form>"
    "<style>body{display:none}</style><iframe src='http://127.0.0.1:9/'></iframe><p "
    "style='position:fixed'>end</p>"
)


def output(**data):
    return nbformat.v4.new_output(
        "display_data", data={name.replace("__", "/"): value for name, value in data.items()}
    )


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    run = triage_run(folder, count=60)
    choice = compare(run, "right_queue", baseline="v1", gold="exact")
    figure = figures.scores(choice)
    figure.add_annotation(text="<a href=\"javascript:window.hit='plotly'\">note</a>", x=70, y="v1")
    links = "![picture](http://127.0.0.1:9/p.png) [link](javascript:window.hit=1)"
    words = f"# A notebook <b>&</b>\n\n{HOSTILE}\n\n{links}"
    twin = show(choice)._repr_mimebundle_()["text/html"]
    outputs = [
        nbformat.v4.new_output("display_data", data={PLOTLY: json.loads(figure.to_json())}),
        output(text__html=twin),
        output(text__html=HOSTILE),
        output(text__markdown=HOSTILE),
        output(text__plain=HOSTILE),
        nbformat.v4.new_output(
            "stream", name="stderr", text=f"\x1b[31m{HOSTILE}\u202e\x00 {'x' * 200_000}"
        ),
        nbformat.v4.new_output("error", ename="ValueError", evalue=HOSTILE, traceback=[HOSTILE]),
    ]
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_markdown_cell(words),
        nbformat.v4.new_code_cell(f"# {HOSTILE}", outputs=outputs),
    ]
    nbformat.write(made, folder / "n.ipynb")
    return notebook_page(folder / "n.ipynb", folder / "n.html")


@pytest.mark.parametrize("kind", ["light", "dark", "phone"])
def test_figures_are_drawn_offline_and_hostile_outputs_do_nothing(opened, page_of, kind):
    shown = opened(page_of, kind)
    page = shown.page
    page.wait_for_selector(".figure .main-svg")
    page.get_by_text("press").first.click()
    page.wait_for_timeout(200)
    shown.keep(f"notebook-{kind}")
    assert page.evaluate("window.hit") is None
    assert shown.console == []
    assert [url for url in shown.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.locator("main form, main iframe, main script, main style, main img").count() == 0
    assert page.locator(".figure").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_the_view_in_a_notebook_looks_as_it_does_there(opened, page_of):
    page = opened(page_of).page
    assert "Ship v3" in page.locator(".wb").first.inner_text()
    assert (
        page.locator(".wb table").first.evaluate("table => getComputedStyle(table).fontSize")
        == "13px"
    )


@pytest.mark.parametrize("kind", ["light", "dark"])
def test_axe_finds_no_serious_violation(opened, page_of, kind):
    from axe_core_python.sync_playwright import Axe

    page = opened(page_of, kind).page
    page.wait_for_selector(".figure .main-svg")
    page.evaluate("document.querySelectorAll('details').forEach(details => details.open = true)")
    found = Axe().run(page)["violations"]
    serious = [
        (each["id"], [node["html"][:200] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []
