"""What a run keeps of replies that are more, or less, than an answer: thinking, money, odd text."""

import json
import math

import pandas as pd
import pytest
from notes import examples
from sqlalchemy import create_engine, text

import workbench as wb
from workbench import testing
from workbench.models.entry import Price
from workbench.runs import load_run, run
from workbench.sections.decision import spent
from workbench.testing import Ask, Reply

USAGE = {"prompt_tokens": 1000, "completion_tokens": 100}
PRICE = Price(1, 10)  # with USAGE, $0.002 a call


def thinks(ask: Ask) -> Reply:
    """Thinks aloud before everything it says; its thinking says the contrary."""
    yes = ask.system.startswith("CRITIC")
    details = {"completion_tokens_details": {"reasoning_tokens": 80}}
    return Reply(f"<think>No!</think>\n{'Yes' if yes else 'billing'}", usage={**USAGE, **details})


async def test_thinking_is_a_column_and_neither_output_nor_verdict(
    prompt, critic, tmp_path, front_end
):
    with testing.serve(thinks) as server:
        judges = [critic(server.model("judge")), wb.Exact("label")]
        rows = [wb.Example("e0", {"text": "n"}, {"label": "billing"})]
        done = await run(prompt(), rows, server.model(), judges, store=tmp_path / "s.db")
    row = done.frame.iloc[0]
    assert (row.output, row.thinking, row.thinking_tokens) == ("billing", "No!", 80)
    assert (row.completion_tokens, row.exact, row.good, row["good.label"]) == (100, 1.0, 1.0, "yes")
    past = load_run(store=tmp_path / "s.db")
    assert past.frame.equals(done.frame)
    assert "No!" not in wb.show(past).twin()  # it is for those who open the row
    [cells] = front_end(wb.show(past)).do("open", 0)["table"]["opened"]["cells"]
    assert cells["thinking"] == ["No!"] and "100 out, 80 of them thinking" in cells["foot"][0]


async def test_probabilities_weigh_the_word_behind_the_thinking(prompt, critic, tmp_path):
    tokens = [("<think>", {}), ("No", {}), ("</think>", {}), ("Yes", {"Yes": 0.75, "No": 0.25})]

    def script(ask: Ask) -> Reply:
        return Reply(tokens=tokens) if ask.system.startswith("CRITIC") else Reply("billing")

    with testing.serve(script) as server:
        judge = critic(server.model())
        done = await run(prompt(), examples(1), server.model(), [judge], store=tmp_path / "s.db")
    row = done.frame.iloc[0]
    assert (row["good.label"], row["good.mode"]) == ("yes", "logprob")
    assert (row.good, row["good.mass"]) == (pytest.approx(0.75), pytest.approx(1.0))


async def test_thinking_without_an_answer_is_no_answer_and_stays_none(prompt, tmp_path):
    with testing.serve(lambda ask: Reply("<think>hm</think>", usage=USAGE)) as server:
        model = server.model(price=PRICE)
        done = await run(prompt(), examples(2), model, store=tmp_path / "s.db")
        again = await run(prompt(), examples(2), model, store=tmp_path / "s.db")
    assert list(done.columns["status"]) == ["malformed"] * 2
    assert list(done.columns["error"]) == ["the reply holds thinking and no answer"] * 2
    assert done.cost == pytest.approx(0.004)
    assert again.columns["status"] == done.columns["status"] and len(server.log) == 2


async def test_a_row_of_unknown_cost_leaves_the_rest_known(prompt, tmp_path):
    def script(ask: Ask) -> Reply:
        return Reply("said", usage={} if ask.text.endswith("note 1") else USAGE)

    with testing.serve(script) as server:
        model = server.model(price=PRICE)
        done = await run(prompt(), examples(4), model, [wb.Length()], store=tmp_path / "s.db")
    past = load_run(store=tmp_path / "s.db")
    for each in (done, past):
        assert (each.cost, each.unpriced) == (pytest.approx(0.006), 1)
        assert spent(each) == "$0.0060 for the run, plus 1 row unknown."
    assert [math.isnan(cost) for cost in done.columns["cost"]] == [False, True, False, False]
    assert "plus 1 row unknown" in wb.show(done).twin()


async def test_a_variants_cost_is_that_of_the_rows_whose_cost_is_known(prompt, tmp_path):
    def script(ask: Ask) -> Reply:
        is_unknown = "v2" in ask.system and ask.text.endswith("note 1")
        return Reply("said", usage={} if is_unknown else USAGE)

    with testing.serve(script) as server:
        prompts, model = [prompt("v1"), prompt("v2")], server.model(price=PRICE)
        done = await run(prompts, examples(6), model, [wb.Length()], store=tmp_path / "s.db")
    choice = wb.compare(done, "length", baseline="v1")
    table = choice.table
    assert list(table.cost_per_1000) == pytest.approx([2.0, 2.0])
    assert dict(table.unpriced) == {"v1": 0, "v2": 1}
    told = {each["name"]: each.get("unpriced") for each in choice.decision()["variants"]}
    assert told == {"v1": None, "v2": 1}
    assert "$2.00 plus 1 row unknown" in wb.show(choice).twin()


async def test_a_price_that_nobody_knows_is_unknown_and_not_zero(prompt, tmp_path):
    with testing.serve(lambda ask: "said") as server:
        model = server.model(price=None)
        done = await run(prompt(), examples(2), model, store=tmp_path / "s.db")
    assert math.isnan(done.cost) and done.unpriced == 2
    assert spent(done) == (
        "Money: not known, for models.yaml names no price for a model of this run."
    )


async def test_a_frame_of_odd_text_can_be_written(prompt, tmp_path):
    with testing.serve(lambda ask: Reply("half a \ud83d, \ud83d\ude00")) as server:
        rows = [wb.Example("e0", {"text": "n"}, tags={"odd": "\udc00"})]
        done = await run(prompt(), rows, server.model(), store=tmp_path / "s.db")
    done.frame.to_csv(tmp_path / "run.csv")
    done.frame.to_json(tmp_path / "run.json")
    done.frame.to_parquet(tmp_path / "run.parquet")
    assert pd.read_csv(tmp_path / "run.csv").output[0] == "half a \ufffd, 😀"
    assert pd.read_parquet(tmp_path / "run.parquet")["tag.odd"][0] == "\ufffd"
    assert done.columns["output"][0].startswith("half a \ud83d, ")  # what came is kept


async def test_a_run_that_an_older_version_stored_decides_as_it_did(prompt, tmp_path):
    """Its replies lack the newer fields, and its outputs keep the thinking that was judged."""
    path = tmp_path / "s.db"
    with testing.serve(lambda ask: "said") as server:
        prompts = [prompt("v1"), prompt("v2")]
        done = await run(prompts, examples(3), server.model(), [wb.Length()], store=path)
    before = json.dumps(wb.compare(done, "length", baseline="v1").decision())
    with create_engine(f"sqlite:///{path}").connect() as connection:
        replies = [
            json.loads(reply) for (reply,) in connection.execute(text("SELECT reply FROM call"))
        ]
    assert all({"thinking", "thinking_tokens", "cached_tokens"}.isdisjoint(r) for r in replies)
    past = load_run(store=path)
    assert json.dumps(wb.compare(past, "length", baseline="v1").decision()) == before
    assert set(past.frame.thinking) == {""} and set(past.frame.thinking_tokens) == {-1}
    assert past.frame.first_token_seconds.isna().all()
