"""The labeller's questions: what is asked, and what each key stores."""

import math

import pytest
from sample_runs import alter_critic, answer, triage_run

import workbench as wb
from workbench import labels
from workbench.page.markup import Html
from workbench.runs.meta import CriticFacts
from workbench.stats.scale import Scale
from workbench.views.question import Question


def labeller(run, rater="me"):
    return wb.show(labels.draw(run, "right_queue", rater=rater))


def asked(run):
    return Html(labeller(run).live()).striptags()


def facts(scale, kind="rating"):
    return CriticFacts("", Scale(*scale), kind, None)


def keys(scale):
    return [answer[0] for answer in Question("q", facts(scale), {}).answers]


def test_where_lower_is_better_yes_means_what_the_critic_means_by_yes(tmp_path, front_end):
    run = triage_run(tmp_path, count=8)
    alter_critic(run, scale=Scale(0, 1, higher_is_better=False))
    assert "Does right_queue say yes to this answer? No is the good end." in asked(run)
    browser = front_end(labeller(run))
    browser.do("label", "1.0")
    assert browser.do("label", "0.0")["log"].startswith("<li>")
    assert [record["value"] for record in run.store.labels("right_queue")] == [1.0, 0.0]
    alter_critic(run, description="Is it toxic?")
    assert "Is it toxic? No is the good end." in asked(run)
    alter_critic(run, description="", scale=Scale(1, 5, higher_is_better=False))
    assert "What does right_queue rate this answer, 1 to 5? 1 is the good end." in asked(run)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ([1, 5], "12345"), ([0, 9], "0123456789"), ([1, 10], "1234567890"),
        ([0, 10], "0123456789t"), ([-2, 2], "12345"), ([0, 1], "yn"), ([1, 100], ""),
        ([0, 2.5], ""),
    ],
)  # fmt: skip
def test_each_step_of_a_rating_has_a_key_and_only_yes_and_no_have_theirs(scale, expected):
    assert "".join(keys(scale)) == expected


def test_ten_is_given_by_the_key_0(tmp_path, front_end):
    run = triage_run(tmp_path, count=8)
    alter_critic(run, scale=Scale(1, 10))
    browser = front_end(labeller(run))
    shown = browser.do("show")["html"]
    assert (
        'data-argument="10.0" data-key="0">10<kbd>0</kbd>' in shown and 'data-key="y"' not in shown
    )
    browser.do("label", "10.0")
    assert run.store.labels("right_queue")[0]["value"] == 10


def test_a_choice_has_a_button_for_each_word_or_none_where_the_words_are_not_known():
    critic = facts((0, 1), "choice")
    known = Question("tone", critic, {"rude": 0.0, "plain": 0.5, "kind": 1.0})
    assert known.answers == (("1", "rude", 0.0), ("2", "plain", 0.5), ("3", "kind", 1.0))
    assert known.ask == "Which of these is this answer, as to <b>tone</b>?"
    assert "run its cell again" in Question("tone", critic, {}).refusal
    assert (
        "11 choices, more than there are keys"
        in Question("tone", critic, {str(i): i for i in range(11)}).refusal
    )


def test_a_scale_without_keys_is_refused_in_words_and_shows_no_button(tmp_path):
    run = triage_run(tmp_path, count=8)
    alter_critic(run, scale=Scale(1, 100))
    shown = labeller(run).live()
    assert (
        "right_queue rates from 1 to 100, which is no scale of few whole steps. Give "
        "its labels with" in shown
    )
    assert "<button" not in shown


def test_a_preference_shows_the_baselines_answer_and_asks_whether_this_one_is_better(
    tmp_path, front_end
):
    run = triage_run(
        tmp_path, count=8, outputs=lambda example, name, queue: f"{name} on {example.id}"
    )
    alter_critic(run, against="v1", kind="preference", description="Is A or B better?")
    drawn = labels.draw(run, "right_queue", rater="me", variants=["v3"])
    browser = front_end(wb.show(drawn))
    shown, example = browser.do("show")["html"], run.columns["example"][drawn.rows[0]]
    text = Html(shown).striptags()
    assert f"Baseline’s answer v1 on {example}" in text.replace("answerv1", "answer v1")
    assert f"v3 on {example}" in text and "Is this answer better than the baseline’s?" in text
    assert [f'data-key="{key}"' in shown for key in "ytn1"] == [True, True, True, False]
    assert browser.do("label", "0.5")["log"] == f"<li>{example}: tie</li>"
    baseline = f"v1 on {run.columns['example'][drawn.rows[1]]}"
    answer(run, run.columns["output"].index(baseline), "timeout")
    assert "The baseline has no answer here: skip this one." in browser.do("show")["html"]


def test_skips_of_earlier_sessions_count_as_skipped(tmp_path, front_end):
    run = triage_run(tmp_path, count=8)
    browser = front_end(labeller(run))
    for key in ("1.0", None, None):
        browser.do("label", key) if key else browser.do("skip")
    labels.add(run, "right_queue", browser.view.draw.rows[1], 0, rater="me")  # the last word on it
    labels.add(run, "right_queue", browser.view.draw.rows[5], 0, rater="me", purpose="debug")
    assert "2 answers judged by me, 1 skipped, saved" in labeller(run).live()


def test_what_the_goal_asks_beyond_the_run_is_said_to_be_run(tmp_path, front_end):
    run = triage_run(tmp_path, count=25)
    browser = front_end(wb.show(labels.draw(run, "right_queue", rater="me", variants=["v1", "v3"])))
    said = []
    for row in browser.view.draw.rows:
        said.append(browser.do("label", run.columns["exact"][row])["signal"])
    assert "This run holds 1 more; for the goal about " in said[-2]
    assert "This run holds no more; for the goal about " in said[-1]
    assert "must be run and labelled besides." in said[-1]
    assert not math.isnan(browser.view.known.half_width)


def test_the_critics_definitions_stand_where_the_label_is_given(tmp_path):
    said = asked(triage_run(tmp_path, count=8))
    assert "What the critic is told" in said and "Is this the right queue?" in said


def test_no_more_labels_are_asked_for_than_there_are_examples(tmp_path):
    assert "±8.0 points would take more than the 20 examples of this run" in asked(
        triage_run(tmp_path / "few", count=20)
    )
    assert "labels a variant give ±8.0 points" in asked(triage_run(tmp_path / "many", count=240))
