"""Exports: the winner with its card, or the reason why there is none."""

import json

import pytest

import workbench as wb


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
