"""Keys that are pressed in a view of a real JupyterLab say what they say elsewhere."""

import pytest
from playwright.sync_api import expect
from test_views_browser import TASK, WIDE

pytestmark = pytest.mark.browser


def test_keys_write_lines_into_a_prompt_and_take_them_back(lab, browser):
    page = browser.new_page(viewport=WIDE)
    notebook = lab.open(page, "write", TASK, 'wb.show(prompts["v3"], examples, actor)').run_all()
    text = notebook.view(1).locator("[name=text0]")
    text.fill("Route the message.")
    text.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type("dd")
    expect(text).to_have_value("Route the message.\ndd")
    page.keyboard.press("Control+z")
    expect(text).not_to_have_value("Route the message.\ndd")
    page.keyboard.press("Control+Shift+z")
    expect(text).to_have_value("Route the message.\ndd")
    expect(notebook.view(1).locator("[data-part=state]")).to_contain_text("not saved")
    assert page.locator(".jp-CodeCell").count() == 2
    assert notebook.errors == []
    page.close()
