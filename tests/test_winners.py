"""Exports: the winner with its card, or the reason why there is none."""

import json
from dataclasses import replace

import pytest

import workbench as wb
from workbench import testing


@pytest.fixture
def winner(make_run):
    return wb.compare(make_run({"v1": [0.0] * 40, "v2": [1.0] * 40}), "good", baseline="v1")


def test_the_winner_is_released_with_a_card_that_says_what_it_stands_on(winner, tmp_path):
    release = wb.export(winner, tmp_path)
    assert wb.load_prompt(release.prompt).fingerprint == winner.run.prompts[1].fingerprint
    card = json.loads(release.card.read_text())
    assert card["prompt"]["name"] == "v2"
    assert card["decision"]["differences"][0]["decision"] == "better"
    assert card["decision"]["critic"]["name"] == "good"
    assert {"model", "counts", "versions", "started"} <= card.keys()
    assert release.sentence.startswith("Exported v2 to ")


def test_the_card_says_how_the_winners_inputs_are_prepared(winner, tmp_path):
    asked = {"prepare": {"mask": ["email"]}}
    prompts = tuple(replace(each, metadata=asked) for each in winner.run.prompts)
    winner.run.plan = replace(winner.run.plan, prompts=prompts)
    release = wb.export(winner, tmp_path)
    card = json.loads(release.card.read_text())
    assert card["prompt"]["prepare"] == {"mask": ["email"]}
    assert card["prompt"]["prepared"].endswith("e-mail addresses are masked.")
    assert wb.load_prompt(release.prompt).preparation == prompts[1].preparation


def test_what_was_exported_is_linked(winner, tmp_path, monkeypatch):
    (tmp_path / "models.yaml").write_text("models: {}\n")
    monkeypatch.chdir(tmp_path)
    folder = "out/<b>"
    said, prompt, card = wb.export(winner, folder)._repr_html_().split("<br>")
    assert said.startswith("Exported v2 to out/&lt;b&gt;/")
    assert prompt.startswith('<a href="out/%3Cb%3E/') and prompt.endswith("v2.prompty</a>")
    assert card.endswith("v2.card.json</a>")
    rows = wb.save(winner.run, "rows.xlsx")._repr_html_()
    assert rows == '<a href="rows.xlsx" target="_blank" download>rows.xlsx</a>'


def test_exporting_again_changes_nothing(winner, tmp_path):
    first = wb.export(winner, tmp_path).card.read_text()
    assert wb.export(winner, tmp_path).card.read_text() == first


def test_without_a_winner_nothing_is_written_and_the_reason_is_given(make_run, tmp_path):
    choice = wb.compare(make_run({"v1": [1.0] * 8, "v2": [1.0] * 8}), "good", baseline="v1")
    folder = tmp_path / "released"
    release = wb.export(choice, folder)
    assert release.prompt is None
    assert release.sentence.startswith("Nothing exported. ")
    assert not folder.exists()


def test_a_released_prompt_is_never_overwritten_by_another(winner, tmp_path):
    path = wb.export(winner, tmp_path).prompt
    older = path.read_text().replace("{{ text }}", "{{ text }}!")
    path.write_text(older)
    again = wb.export(winner, tmp_path)
    assert path.read_text() == older
    assert again.prompt.name == f"v2-{winner.run.prompts[1].fingerprint}.prompty"
    assert again.card.name == f"v2-{winner.run.prompts[1].fingerprint}.card.json"


async def test_a_winner_chosen_on_a_part_of_a_dataset_can_be_checked_on_the_rest(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.yaml").write_text("models: {}\n")
    wb.Dataset([wb.Example(f"e{n}", {"text": str(n)}) for n in range(60)]).save("tasks.jsonl")
    for name in ("v1", "v2"):
        (tmp_path / f"{name}.prompty").write_text(
            f"---\nname: {name}\n---\nuser:\n{name} {{{{ text }}}}\n"
        )
    prompts, good = (
        [wb.load_prompt("v1.prompty"), wb.load_prompt("v2.prompty")],
        wb.Function(lambda output, example: "v2" in output, "good"),
    )
    with testing.serve(lambda ask: ask.text) as server:
        part, whole = wb.load_examples("tasks.jsonl", limit=40), wb.load_examples("tasks.jsonl")
        chosen = wb.compare(
            await wb.run(prompts, part, server.model(), [good]), "good", baseline="v1"
        )
        known = wb.compare(
            await wb.run(prompts, whole, server.model(), [good]), "good", baseline="v1"
        )
    offer = (
        "It was chosen among 2 variants on 40 examples: check it on others, "
        "wb.load_examples('tasks.jsonl', after=40)."
    )
    release = wb.export(chosen, tmp_path)
    assert release.sentence.endswith(offer)
    assert [look["scored"] for look in json.loads(release.card.read_text())["looks"]] == [40]
    assert "check it on others" not in wb.export(known, tmp_path).sentence
