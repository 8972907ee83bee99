"""What a run would ask and cost, before its first call."""

import math

import pytest
from notes import DEAR, USAGE, examples, talk

from workbench import Rubric, load_prompt, testing
from workbench.errors import WorkbenchError
from workbench.runs import quote, run
from workbench.testing import Reply


async def test_a_quote_foretells_calls_tokens_and_money(prompt, critic, store_url):
    with testing.serve(lambda ask: Reply(talk(ask), usage=USAGE)) as server:
        model = server.model(price=DEAR)
        asked = (prompt(), examples(10), model, [critic(model)])
        before = quote(*asked, repeats=2, store=store_url)
        await run(prompt(), examples(5), model, [critic(model)], repeats=2, store=store_url)
        after = quote(*asked, repeats=2, store=store_url)
        assert len(server.log) == 20
        done = await run(*asked, repeats=2, store=store_url)
        nothing = quote(*asked, repeats=2, store=store_url)
    assert (before.calls, before.stored, before.roles) == (40, 0, {"actor": 20, "good": 20})
    assert 0 < before.likely_cost < before.most_cost
    assert (after.calls, after.stored) == (20, 20)
    assert after.prompt_tokens > 0
    assert done.cost <= after.most_cost
    assert (nothing.calls, nothing.stored, nothing.likely_cost, nothing.seconds) == (
        0,
        40,
        0.0,
        0.0,
    )


async def test_a_quote_without_a_price_says_so(prompt, tmp_path):
    with testing.serve(talk) as server:
        said = quote(prompt(), examples(3), server.model(price=None), store=tmp_path / "s.db")
    assert (said.calls, math.isnan(said.likely_cost), math.isnan(said.most_cost)) == (3, True, True)


@pytest.mark.parametrize("of_critic", [False, True])
def test_an_input_between_single_braces_is_refused_before_it_is_sent_as_it_stands(
    prompt, tmp_path, of_critic
):
    [example, *_] = examples(1)
    [name, *_] = example.inputs
    shown = "{{ output }}" if of_critic else "Sort this:"
    (tmp_path / "odd.prompty").write_text(f"---\nname: odd\n---\nuser:\n{shown} {{{name}}}\n")
    said = rf"odd\.prompty: \{{{name}\}} is sent as it stands: write \{{\{{ {name} \}}\}}$"
    odd = load_prompt(tmp_path / "odd.prompty")
    with testing.serve(talk) as server, pytest.raises(WorkbenchError, match=said):
        model = server.model()
        asked = (prompt(), [Rubric(odd, model)]) if of_critic else (odd, [])
        quote(asked[0], examples(3), model, asked[1], store=tmp_path / "s.db")
