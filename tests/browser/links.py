"""Links to what a notebook wrote, clicked in JupyterLab."""

from playwright.sync_api import expect

OPENED = "window.jupyterapp.shell.currentWidget?.title.label === {name!r}"
BACK = """() => { const {shell} = window.jupyterapp;
  shell.activateById([...shell.widgets('main')].find(w => w.title.label === 'read.ipynb').id); }"""


def links_open(notebook):
    """What a notebook wrote opens with a click on its name, or is saved where JupyterLab cannot
    show it; the report tells how its rows come.
    """
    page = notebook.page
    cells = page.locator(".jp-CodeCell")
    for cell, name in ((5, "report.html"), (6, "v3.prompty"), (6, "v3.card.json")):
        cells.nth(cell).locator("a", has_text=name).click()
        page.wait_for_function(OPENED.format(name=name))
        if name == "report.html":
            shown = page.frame_locator("iframe").last
            expect(shown.locator("#rows")).to_contain_text("press Trust HTML")
            page.get_by_text("Trust HTML").click()
            expect(shown.locator("#rows tr.row").first).to_be_visible()
        page.evaluate(BACK)
        page.wait_for_function(OPENED.format(name="read.ipynb"))
    with page.expect_download() as saved:
        cells.nth(7).locator("a").click()
    assert saved.value.suggested_filename == "rows.xlsx"
