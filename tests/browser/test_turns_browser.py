"""Conversations and images of a report in a real browser, offline: drawn, and nothing more."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from front_end import HOSTILE
from sample_images import GIF

import workbench as wb
from workbench import testing
from workbench.prompts.prompt import read_prompt

pytestmark = pytest.mark.browser
FRONT = "---\ninputs: [{name: history, kind: thread}]\n---\n"


@pytest.fixture
def page(tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    (tmp_path / "pan.gif").write_bytes(GIF)
    monkeypatch.chdir(tmp_path)
    turns = [
        {"role": "user", "content": ["Is it iron?", {"kind": "image", "source": "pan.gif"}]},
        {"role": "assistant", "content": HOSTILE},
    ]
    prompt = read_prompt("v1", f"{FRONT}system:\nS\n{{{{ history }}}}\n")

    async def made():
        with testing.serve(lambda ask: "yes") as server:
            return await wb.run(prompt, [wb.Example("a", {"history": turns})], server.model("m"))

    with ThreadPoolExecutor(1) as thread:  # the browser's loop runs in this one
        return wb.report(thread.submit(asyncio.run, made()).result(), "report.html", rows="all")


@pytest.mark.parametrize("kind", ["light", "phone"])
def test_an_opened_row_shows_turns_and_images_and_runs_nothing(page, opened, kind):
    seen = opened(page, kind)
    seen.page.locator(".rowbtn").first.click()
    speakers = seen.page.locator(".msg .speaker")
    speakers.first.wait_for()
    assert speakers.all_inner_texts() == ["user:", "assistant:"]
    assert seen.page.locator(".msg .thumb").evaluate("image => image.naturalWidth") == 1
    assert "<script>window.hit=1</script>" in seen.page.locator(".msg").inner_text()
    assert seen.page.evaluate("window.hit") is None
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (seen.console, [url for url in seen.requests if url.startswith("http")]) == ([], [])
