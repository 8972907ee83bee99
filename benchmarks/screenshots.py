"""The README's pictures, from a real run of the shipped task on the models of models.yaml: `make
screenshots`.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from workbench.reports import execute

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "tests")]

from conftest import FLAGS, chromium  # noqa: E402  the browser tests know where a browser is
from lab import Lab  # noqa: E402  and how JupyterLab starts

PROJECT = ("models.yaml", "prompts", "datasets", "notebooks")
WIDTH, REPORT_HEIGHT, VIEWS_HEIGHT = 1180, 1500, 1400
EVALUATED = """
%load_ext workbench
import workbench as wb
run = wb.load_run()
choice = wb.compare(run, "right_label", baseline="v1", margin=0.05, gold="exact")
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = copied(Path(folder))
        os.chdir(project)
        made = execute(project / "notebooks" / "2_evaluate.ipynb", project / "out")
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=chromium(driver.chromium.executable_path), args=FLAGS
            )
            picture_report(browser, made.report)
            picture_views(browser, project)
            browser.close()


def copied(project: Path) -> Path:
    """The shipped project in a folder of its own."""
    for name in PROJECT:
        source, target = ROOT / name, project / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    return project


def picture_report(browser: Browser, report: Path) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": REPORT_HEIGHT})
    page.goto(report.as_uri())
    page.screenshot(path=ROOT / "docs" / "report.png")
    page.close()


def picture_views(browser: Browser, project: Path) -> None:
    page = browser.new_page(viewport={"width": WIDTH, "height": VIEWS_HEIGHT})
    lab = Lab(project)
    try:
        notebook = lab.open(page, "views", EVALUATED, "wb.show(choice)", "wb.show(run)").run_all()
        notebook.view(1).wait_for()
        notebook.view(2).locator("tr.row").nth(2).click()
        notebook.view(2).locator("td.detail h3").first.wait_for()
        notebook.view(1).evaluate("view => view.scrollIntoView()")
        page.screenshot(path=ROOT / "docs" / "views.png")
    finally:
        lab.stop()


if __name__ == "__main__":
    (ROOT / "docs").mkdir(exist_ok=True)
    main()
