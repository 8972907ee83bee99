"""What a report says of the critic: each judge once, and by name."""

from sample_runs import label_some, triage_run

from workbench import compare, trust
from workbench.sections.critic import critic
from workbench.sections.subject import Subject


def section(run, card):
    choice = compare(run, "right_queue", baseline="v1", gold="exact")
    return str(critic(Subject(choice), card))


def test_a_card_from_right_answers_takes_the_place_of_the_table_by_right_answers(tmp_path):
    run = triage_run(tmp_path, count=100)
    said = section(run, trust(run, "right_queue", gold="exact"))
    assert said.count("judged by the critic and by exact") == 1
    assert said.count('<table class="conf">') == 1


def test_people_and_right_answers_are_two_tables_that_say_whose_they_are(tmp_path):
    run = triage_run(tmp_path, count=100)
    label_some(run, count=40)
    said = section(run, trust(run, "right_queue"))
    assert said.count("judged by the critic and by people") == 1
    assert said.count("judged by the critic and by exact; a score from about 0.50 counts") == 1
