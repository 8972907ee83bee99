"""Exports: the winner with its card, or the reason why there is none."""

import json
from dataclasses import replace

import pytest

import workbench as wb
from workbench import testing
from workbench.errors import WorkbenchError


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


def test_other_formats_are_written_beside_the_prompt_and_the_card_says_what_each_lacks(
    winner, tmp_path
):
    formats = ["dotprompt", "promptfoo", "openai", "python"]
    release = wb.export(winner, tmp_path, formats=formats)
    assert [file.name for file in release.files] == [
        "v2.prompt", "v2.promptfoo.yaml", "v2.promptfoo.json", "v2.promptfoo.tests.json",
        "v2.openai.json", "v2.py",
    ]  # fmt: skip
    listed = json.loads(release.card.read_text())["formats"]
    assert list(listed) == ["prompty", *formats]
    assert listed["dotprompt"]["files"] == ["v2.prompt"]
    [injected] = [each for each in listed["dotprompt"]["lost"] if each["kind"] == "role"]
    assert "<<<dotprompt:role:system>>>" in injected["text"]
    assert listed["promptfoo"]["lost"][-1]["kind"] == "critic"
    assert listed["python"] == {"files": ["v2.py"], "lost": []}
    assert release.lost["python"] == ()
    tests = json.loads((release.prompt.parent / "v2.promptfoo.tests.json").read_text())
    assert len(tests) == 40 and tests[0]["vars"] == {"text": "0"}


def test_rows_that_are_held_back_are_in_no_file(make_run, tmp_path):
    run = make_run({"v1": [0.0] * 40, "v2": [1.0] * 40}, held=True)
    choice = wb.compare(run, "good", baseline="v1")
    release = wb.export(choice, tmp_path, formats=["promptfoo"], variant="v2", anyway=True)
    assert json.loads((release.prompt.parent / "v2.promptfoo.tests.json").read_text()) == []
    assert release.lost["promptfoo"][-1].text == "rows that are held back are not given on"


def test_a_format_without_words_for_the_prompt_is_not_written_and_the_sentence_says_why(
    winner, tmp_path
):
    prompts = [
        replace(each, messages=(replace(each.messages[0], template="{{ text | upper }}"),))
        for each in winner.run.prompts
    ]
    winner.run.plan = replace(winner.run.plan, prompts=tuple(prompts))
    release = wb.export(winner, tmp_path, formats=["dotprompt"])
    assert release.files == ()
    assert release.sentence.endswith(
        "Not as dotprompt: line 6: the filter upper has no counterpart."
    )


def test_an_alias_points_to_the_release_and_other_aliases_stay(winner, tmp_path):
    first = wb.export(winner, tmp_path)
    print_of = winner.run.prompts[1].fingerprint
    path = first.prompt.parent / "aliases.json"
    assert json.loads(path.read_text()) == {
        "released": {"prompt": "v2.prompty", "fingerprint": print_of}
    }
    first.prompt.write_text(first.prompt.read_text().replace("{{ text }}", "{{ text }}!"))
    second = wb.export(winner, tmp_path, alias="canary")
    assert json.loads(path.read_text()) == {
        "canary": {"prompt": second.prompt.name, "fingerprint": print_of},
        "released": {"prompt": "v2.prompty", "fingerprint": print_of},
    }
    wb.export(winner, tmp_path, alias="")
    for alias in ("latest", "a b", "../x", "9"):
        with pytest.raises(WorkbenchError, match="is no alias"):
            wb.export(winner, tmp_path, alias=alias)
    path.write_text("[]")
    with pytest.raises(WorkbenchError, match=r"aliases\.json is no JSON object"):
        wb.export(winner, tmp_path)


def test_what_is_neither_better_nor_a_tie_is_released_when_told_and_the_card_says_so(
    make_run, tmp_path
):
    choice = wb.compare(make_run({"v1": [1.0] * 40, "v2": [0.0] * 40}), "good", baseline="v1")
    refused = wb.export(choice, tmp_path / "released", variant="v2")
    assert refused.prompt is None and not (tmp_path / "released").exists()
    assert refused.sentence == (
        "Nothing exported: v2 is worse, and only a prompt that is better or a tie is released; "
        "anyway=True releases it, and its card says so."
    )
    card = json.loads(wb.export(choice, tmp_path, variant="v2", anyway=True).card.read_text())
    assert (card["released_on"], card["anyway"]) == ("worse", True)
    base = wb.export(choice, tmp_path, variant="v1", anyway=True)
    assert json.loads(base.card.read_text())["released_on"] == "the baseline"
    with pytest.raises(WorkbenchError, match="no variant 'v9'"):
        wb.export(choice, tmp_path, variant="v9")


def test_a_winner_needs_no_telling(winner, tmp_path):
    card = json.loads(wb.export(winner, tmp_path).card.read_text())
    assert card["released_on"] == "better" and "anyway" not in card


def test_formats_that_nobody_knows_are_refused_before_anything_is_written(winner, tmp_path):
    with pytest.raises(WorkbenchError, match="no format 'docx': use prompty, dotprompt"):
        wb.export(winner, tmp_path / "out", formats=["docx"])
    with pytest.raises(WorkbenchError, match="formats are a list"):
        wb.export(winner, tmp_path / "out", formats="python")
    with pytest.raises(WorkbenchError, match="set MLFLOW_TRACKING_URI"):
        wb.export(winner, tmp_path / "out", formats=["python", "mlflow"])
    assert not (tmp_path / "out").exists()
