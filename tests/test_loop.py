"""Back into the loop: rows behind a bad number as a dataset, and critics beside what users said."""

import math

import pandas as pd
import pytest
from test_critics import YES_NO, critic_file

import workbench as wb
from workbench import testing
from workbench.release.loop import on_scale
from workbench.testing import Planted

TEXTS = (("Where is it?", "On its way."), ("Can I return it?", "Yes, for 90 years."))
PLAN = wb.Plan(baseline="v1", days=3, at_most=3)


@pytest.fixture(scope="module")
def trial():
    """Two days of a release, in which the second answer of TEXTS is made up and disliked."""
    frame = testing.release_logs(
        users=300, days=3, history=4, texts=TEXTS, planted=Planted(coverage=(0.6, 0.6)), seed=3
    )
    said = frame["feedback"].notna()
    frame.loc[said, "feedback"] = (frame["output"] == TEXTS[0][1])[said].astype(float)
    frame["id"] = [f"r{number}" for number in range(len(frame))]
    return wb.launch(wb.load_logs(frame, name="shop"), PLAN)


def released(trial):
    frame = trial.logs.frame
    return frame[frame["arm"] != ""]


def test_thumbs_down_are_a_dataset_with_ids_inputs_and_tags(trial):
    found = trial.examples("thumbs down")
    rows = released(trial)
    assert len(found) == (rows["feedback"] == 0).sum()
    first = found[0]
    assert dict(first.inputs) == {"message": "Can I return it?"}
    assert first.id in set(rows["id"])
    assert first.tags["arm"] in ("v1", "v2")
    assert first.tags["feedback"] == "0"
    assert first.tags["language"] in {"fr", "en", "de", "es", "ja", "pt"}
    assert found.name == "shop thumbs down"
    assert first.expected is None


@pytest.mark.parametrize(
    ("what", "column", "value"),
    [("errors", "error", 1), ("malformed", "malformed", 1), ("asked again", "regenerate", 1)],
)
def test_other_bad_numbers_give_their_rows(trial, what, column, value):
    rows = released(trial)
    assert len(trial.examples(what)) == (rows[column] == value).sum() > 0


def test_the_slowest_are_one_in_twenty(trial):
    assert len(trial.examples("slow")) == pytest.approx(0.05 * len(released(trial)), rel=0.5)


def test_an_arm_and_a_slice_take_a_part(trial):
    rows = released(trial)
    part = rows[(rows["arm"] == "v2") & (rows["tag.language"] == "en")]
    assert len(trial.examples(arm="v2", where={"language": "en"})) == len(part)
    both = trial.examples(where={"language": ["en", "de"]})
    assert len(both) == rows["tag.language"].isin(["en", "de"]).sum()


def test_a_limit_is_a_seeded_sample_in_the_order_of_time(trial):
    first, again, other = (trial.examples(limit=20, seed=seed) for seed in (1, 1, 2))
    assert [each.id for each in first] == [each.id for each in again]
    assert [each.id for each in first] != [each.id for each in other]
    numbers = [int(each.id[1:]) for each in first]
    assert numbers == sorted(numbers) and len(numbers) == 20


def test_it_goes_on_as_any_dataset_does(trial, tmp_path):
    path = trial.examples("thumbs down", limit=5).save(tmp_path / "next.jsonl")
    again = wb.load_examples(path)
    assert [each.id for each in again] == [
        each.id for each in trial.examples("thumbs down", limit=5)
    ]


def test_inputs_of_objects_stay_as_they_are_and_ids_hide_who_asked():
    rows = [
        {"user": f"mail{at}@x.org", "arm": ("a", "b")[at % 2], "timestamp": 1.7e9 + 9e4 * (at % 4),
         "feedback": at % 2, "input": {"subject": "s", "body": str(at)}, "seconds": 1.0}
        for at in range(40)
    ]  # fmt: skip
    trial = wb.launch(wb.load_logs(pd.DataFrame(rows)), wb.Plan(baseline="a", days=3, at_most=3))
    found = trial.examples("thumbs up")
    assert dict(found[0].inputs) == {"subject": "s", "body": "1"}
    assert all(len(each.id) == 12 and "mail" not in each.id for each in found)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"what": "bad ones"}, "no rows are 'bad ones': ask for one of thumbs down"),
        ({"arm": "v9"}, "no arm 'v9' in this release"),
        ({"where": {"country": "pt"}}, "no tag 'country' in the logs: there is language"),
        ({"what": "errors", "where": {"language": "xx"}}, "no message of shop is errors language"),
    ],
)
def test_what_the_logs_cannot_say_is_refused(trial, asked, said):
    with pytest.raises(wb.WorkbenchError, match=said):
        trial.examples(**asked)


def test_logs_without_texts_say_which_column_to_map():
    frame = testing.release_logs(users=60, days=3, history=0)
    trial = wb.launch(wb.load_logs(frame), PLAN)
    with pytest.raises(wb.WorkbenchError, match="the logs hold no input"):
        trial.examples("thumbs down")
    with pytest.raises(wb.WorkbenchError, match="the logs hold no seconds"):
        wb.launch(wb.load_logs(frame.drop(columns="seconds")), PLAN).examples("slow")


@pytest.fixture
def grounded(tmp_path):
    """Says no to what is made up, and half the time yes."""

    def answer(ask):
        return "no" if "90 years" in ask.text else "yes"

    with testing.serve(answer) as server:
        yield wb.Rubric.load(critic_file(tmp_path, YES_NO), server.model("judge")), server


async def test_a_critic_on_logged_answers_is_held_against_what_users_said(
    trial, grounded, tmp_path
):
    critic, server = grounded
    store = wb.Store(tmp_path / "s.db")
    run = await trial.judge([critic], limit=80, store=store)
    assert len(run.frame) == 80
    assert set(run.frame["output"]) == {TEXTS[0][1], TEXTS[1][1]}
    assert set(run.frame["tag.arm"]) == {"v1", "v2"}
    card = wb.trust(run, "good")
    rated = sum(label != "" for label in run.frame["tag.feedback"].fillna(""))
    assert (card.labels, card.raters) == (rated, ("users",))
    assert card.agreement.kappa.estimate == 1.0
    assert len(wb.labels.apart(run, "good")) == 0
    sent = len(server.log)
    again = await trial.judge([critic], limit=80, store=store)
    assert len(server.log) == sent
    assert wb.trust(again, "good").labels == rated
    label = store.labels("good")[0]
    assert label["selection"]["seed"] == 0 and label["selection"]["method"] == "random"


async def test_where_critic_and_users_part_is_a_dataset(trial, tmp_path):
    with testing.serve(lambda ask: "yes") as server:
        critic = wb.Rubric.load(critic_file(tmp_path, YES_NO), server.model("judge"))
        run = await trial.judge([critic], limit=60, store=tmp_path / "s.db")
    apart = wb.labels.apart(run, "good")
    assert len(apart) == (run.frame["tag.feedback"] == "0").sum() > 0
    assert {each.tags["feedback"] for each in apart} == {"0"}
    with pytest.raises(wb.WorkbenchError, match="no critic 'other': it has good"):
        wb.labels.apart(run, "other")


def test_feedback_lies_on_the_critics_own_scale():
    assert on_scale(wb.Scale(1, 5), 1.0) == 5
    assert on_scale(wb.Scale(1, 5), 0.25) == 2
    assert on_scale(wb.Scale(0, 1, higher_is_better=False), 1.0) == 0
    assert math.isclose(on_scale(wb.Scale(0, 1), 0.4), 0.4)
