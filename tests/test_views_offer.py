"""A quote on show: its button runs what was quoted, for at most the quoted sum."""

import asyncio

from sample_runs import prompt_file

import workbench as wb
from workbench import testing
from workbench.models.entry import Price
from workbench.prompts import load_prompt


async def test_a_click_runs_what_was_quoted_and_the_run_is_then_free(tmp_path, front_end):
    prompt = load_prompt(prompt_file(tmp_path, "p", "Say it."))
    rows = wb.Dataset(wb.Example(f"e{i}", {"message": f"note {i}"}) for i in range(5))
    store = wb.Store(tmp_path / "store.db")
    with testing.serve(lambda ask: "fine") as server:
        model = server.model("m", price=Price(1, 2), parameters={"max_tokens": 10})
        view = wb.show(wb.quote(prompt, rows, model, store=store))
        browser = front_end(view)
        assert "Run it for at most $0.0" in browser.do("show")["html"]
        browser.do("run")
        await asyncio.gather(*map(asyncio.wrap_future, view._tasks))
        assert "Done: 5 answers" in str(browser.wire.said[-1])
        run = await wb.run(prompt, rows, model, store=store)
        assert (server.answered, run.counts["calls"]) == (5, 0)
        nothing = wb.show(wb.quote(prompt, rows, model, store=store))
        assert "data-do" not in front_end(nothing).do("show")["html"]


def test_without_a_known_price_nothing_is_offered(tmp_path, front_end):
    prompt = load_prompt(prompt_file(tmp_path, "p", "Say it."))
    rows = wb.Dataset([wb.Example("e", {"message": "note"})])
    model = wb.Model("m", id="m", base_url="http://127.0.0.1:9/v1")
    view = wb.show(wb.quote(prompt, rows, model, store=tmp_path / "store.db"))
    assert "data-do" not in front_end(view).do("show")["html"]
