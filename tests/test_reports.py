"""Reports as one-file pages: what they say, what they carry, and what they never let through."""

import base64
import gzip
import hashlib
import json
import math
import re
from dataclasses import replace
from html import unescape

import pytest
from sample_runs import (
    ACTOR,
    alter_critic,
    alter_dataset,
    alter_prompt,
    judge,
    label_some,
    triage_run,
)

from workbench import compare
from workbench.errors import WorkbenchError
from workbench.page.svg import Point
from workbench.reports.onefile import report
from workbench.runs import Quote
from workbench.sections.tradeoff import frontier
from workbench.stats import Interval
from workbench.stats.scale import Scale

KEY = "canary-0123456789abcdef"


def text_of(path):
    """What a reader sees of the page's HTML, without tags."""
    body = path.read_text().partition("<body>")[2].partition('<script type="text/plain"')[0]
    return unescape(re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", body)))


def rows_of(path):
    """The data that the page carries for its table; None where it carries none."""
    found = re.search(r'<script type="text/plain" id="data">([^<]+)</script>', path.read_text())
    return json.loads(gzip.decompress(base64.b64decode(found[1]))) if found else None


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return triage_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def choice(run):
    return compare(run, "right_queue", baseline="v1", margin=0.05)


# --- where it goes, and that it is the same each time


def test_the_same_comparison_gives_the_same_bytes(choice, tmp_path):
    first, second = (report(choice, tmp_path / name) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()
    decisions = [path.with_name("decision.json").read_bytes() for path in (first, second)]
    assert decisions[0] == decisions[1]
    assert json.loads(decisions[0])["sentence"] == choice.sentence


def test_it_goes_where_it_is_told(choice, run, tmp_path, monkeypatch):
    assert report(choice, tmp_path / "mine.html") == tmp_path / "mine.html"
    assert report(choice, tmp_path / "folder") == tmp_path / "folder" / "report.html"
    monkeypatch.setenv("WORKBENCH_OUT", str(tmp_path / "out"))
    assert report(choice) == tmp_path / "out" / "report.html"
    monkeypatch.delenv("WORKBENCH_OUT")
    (tmp_path / "models.yaml").write_text("models: {}\n")
    monkeypatch.chdir(tmp_path)
    assert report(run) == tmp_path / ".workbench" / "reports" / run.id / "report.html"


# --- the policy


def test_the_page_admits_its_own_script_and_style_by_hash_and_nothing_else(choice, tmp_path):
    page = report(choice, tmp_path).read_text()
    policy = unescape(re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1])
    for kind, tag in (("script", 'script type="module"'), ("style", "style")):
        content = re.search(rf"<{tag}>(.*?)</{kind}>", page, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert policy.endswith("img-src data:; base-uri 'none'; form-action 'none'")
    assert "unsafe" not in policy


def test_the_page_names_nothing_to_fetch(choice, tmp_path):
    page = report(choice, tmp_path).read_text()
    assert re.findall(r'(?:src|href|action)="(?!#|data:)[^"]*"', page) == []
    assert re.findall(r"\s(?:on\w+|style)=", page) == []
    assert "@import" not in page and "url(" not in page


# --- what it says


def test_the_decision_comes_first_with_how_sure_and_what_it_cost(choice, tmp_path):
    said = text_of(report(choice, tmp_path))
    assert said.index("better than v1 by") < said.index("Quality, cost and speed of each variant")
    assert "Which triage prompt should ship?" in said
    assert "$0.24 of a $1.00 budget." in said
    assert "1,440 calls in 1 min 12 s." in said
    assert "The intervals hold for both comparisons at once" in said
    assert "Nobody has checked it." in said
    assert "by the critic, not yet corrected" in said


def test_where_no_answer_changes_its_yes_or_no_the_scores_are_counted(tmp_path):
    run = triage_run(tmp_path, count=40)
    for row, score in enumerate(run.columns["right_queue"]):
        judge(run, row, score / 3)  # the critic says no to all
    said = text_of(report(compare(run, "right_queue", baseline="v1"), tmp_path / "r"))
    assert re.search(
        r"yes or no is the same for both on every example. By its score, v\d stands higher on \d+",
        said,
    )


def test_intervals_are_in_words_and_differences_signed(choice, tmp_path):
    said = text_of(report(choice, tmp_path))
    best = choice.differences[0].interval
    assert f"+{100 * best.estimate:.1f} {100 * best.low:.1f} to {100 * best.high:.1f}" in said


def test_labels_correct_the_scores_and_judge_the_critic(tmp_path):
    run = triage_run(tmp_path)
    label_some(run)
    said = text_of(report(compare(run, "right_queue", baseline="v1", margin=0.05), tmp_path))
    assert (
        "One person judged a random 60 examples, and the critic’s scores are corrected by them."
        in said
    )
    assert "Corrected score, points" in said
    assert "person: yes" in said and "let pass" in said
    assert "Biases looked for" in said
    assert "Nobody has checked it." not in said


def test_what_more_labels_would_buy_is_drawn_where_labels_correct_the_scores(tmp_path):
    run = triage_run(tmp_path)
    label_some(run)
    said = text_of(report(compare(run, "right_queue", baseline="v1"), tmp_path / "r"))
    found = re.search(
        r"More labels: (\d+) in place of (\d+) would narrow ±([\d.]+) points to about ±([\d.]*\d)",
        said,
    )
    assert found
    more, labels, half, then = map(float, found.groups())
    assert more == 3 * labels
    assert half / 2 < then < half


def test_a_critic_that_knows_nothing_is_said_to_know_nothing(tmp_path):
    run = triage_run(tmp_path, knows=False)
    for row in range(0, len(run.columns["exact"]), 3):  # too few right answers to decide
        judge(run, row, math.nan, critic="exact")
    page = report(compare(run, "right_queue", baseline="v1", gold="exact"), tmp_path, rows="all")
    said = text_of(page)
    assert "Keep v1 for now." in said
    assert "Not at all by this critic: it cannot tell right answers from wrong ones." in said
    assert "Do not choose by right_queue." in said
    assert re.search(r"By exact, v3 stands \d+\.\d points above v1", said)
    assert "Right by exact and cost." in said, (
        "quality is what the check finds, not what the critic says"
    )
    assert rows_of(page)["judges"][rows_of(page)["judge"]]["name"] == "exact"


def test_a_slice_that_got_worse_is_the_first_thing_to_look_at(tmp_path):
    run = triage_run(tmp_path, count=400)
    for row, (prompt, language) in enumerate(
        zip(run.columns["prompt"], run.columns["tag.language"], strict=True)
    ):
        if language == "pt" and run.columns["status"][row] == "ok":
            judge(run, row, (0.6 if prompt == "v1" else 0.3) + row % 7 / 50)
    page = report(compare(run, "right_queue", baseline="v1", margin=0.05), tmp_path)
    said = text_of(page)
    assert "Look at language pt first." in said
    assert "▲ flagged" in said
    assert "Read the flagged answers of v3 before it ships." in said
    assert 'data-tag="language" data-value="pt"' in page.read_text()


def test_malformed_answers_are_counted_and_read_both_ways(choice, tmp_path):
    said = text_of(report(choice, tmp_path))
    assert (
        "With malformed, truncated and filtered answers counted as wrong the difference is" in said
    )
    assert re.search(
        r"v3: \d+ malformed, \d+ timeout\. A row without a score is missing, never zero\.", said
    )


def test_unknown_prices_are_empty_and_never_zero(tmp_path):
    run = triage_run(tmp_path, count=60, actors=(replace(ACTOR, price=None),))
    run.cost = math.nan
    said = text_of(report(compare(run, "right_queue", baseline="v1"), tmp_path))
    assert "Money: not known, for models.yaml names no price" in said
    assert "$" not in said
    assert "Cost per 1,000" not in said


def test_the_quote_stands_where_given(choice, tmp_path):
    quote = Quote(1440, 0, 1000, 100, 0.48, 0.89, 90.0, {"actor": 720, "right_queue": 720})
    said = text_of(report(choice, tmp_path, quote=quote))
    assert "Quoted 1,440 $0.48 $0.89 1 min 30 s" in said
    assert "Requirements" not in said


def test_lineage_says_how_to_have_it_again(choice, run, tmp_path):
    said = text_of(report(choice, tmp_path))
    assert (
        f"run = wb.load_run(\"{run.id}\") wb.compare(run, 'right_queue', "
        f"baseline='v1', margin=0.05)" in said
    )
    for name in ("v1", "v2", "v3"):
        assert f"{name} {run.meta.prompts[name].fingerprint}" in said
    assert "Prompt of critic right_queue" in said and "Is this the right queue?" in said


def test_a_run_by_itself_is_shown_without_a_decision(run, tmp_path):
    path = report(run, tmp_path)
    said = text_of(path)
    assert "What v1, v2 and v3 answered on triage" in said
    assert "No decision here" in said
    assert "Baseline:" not in said
    assert not (tmp_path / "decision.json").exists()


def test_a_title_of_ones_own_is_escaped(run, tmp_path):
    page = report(run, tmp_path, title="<i>Mine</i>").read_text()
    assert "<h1>&lt;i&gt;Mine&lt;/i&gt;</h1>" in page
    assert "<title>&lt;i&gt;Mine&lt;/i&gt;</title>" in page


# --- how much user text it carries


def test_no_rows_means_no_user_text_at_all(choice, tmp_path):
    path = report(choice, tmp_path, rows="none")
    assert rows_of(path) is None
    assert "This report carries none of the 240 rows" in text_of(path)
    assert "Order 88" not in path.read_text()


def test_a_sample_is_seeded_and_says_how_it_was_chosen(choice, tmp_path):
    path = report(choice, tmp_path)
    data = rows_of(path)
    said = re.search(
        r"carries (\d+) of the 240 rows: 50 drawn at random \(seed 0\), and (\d+) others",
        text_of(path),
    )
    assert len(data["id"]) == int(said[1]) == 50 + int(said[2])
    assert all(data["differs"]) is False


def test_all_rows_are_carried_with_verdicts_and_figures(run, choice, tmp_path):
    data = rows_of(report(choice, tmp_path, rows="all"))
    assert data["id"] == [example.id for example in run.examples]
    first = data["cells"][0]
    assert first["output"][0] == run.columns["output"][0]
    assert first["score"][0][0] == run.columns["right_queue"][0]
    assert first["reason"][1][0].startswith("expected ")
    assert first["foot"][0].startswith("141 tokens in, ")
    assert data["tags"][1]["key"] == "language" and data["tags"][1]["filter"]


def test_another_word_for_rows_is_refused(choice, tmp_path):
    with pytest.raises(WorkbenchError, match="use 'none', 'sample' or 'all'"):
        report(choice, tmp_path, rows="some")


def test_a_thousand_rows_stay_small(tmp_path):
    words = [
        "the",
        "kettle",
        "of",
        "my",
        "order",
        "never",
        "came",
        "and",
        "nobody",
        "answers",
        "although",
        "I",
        "wrote",
    ]

    def outputs(example, name, queue):
        number = int(example.id.removeprefix("m-"))
        return " ".join(
            words[(number * 31 + k * k * (3 + len(name)) + ord(name[-1]) * k) % len(words)]
            for k in range(60)
        )

    run = triage_run(tmp_path, count=1000, outputs=outputs)
    path = report(compare(run, "right_queue", baseline="v1"), tmp_path, rows="all")
    assert len(rows_of(path)["id"]) == 1000
    assert path.stat().st_size < 2_500_000


# --- what it never lets through


def test_keys_of_the_environment_are_in_nothing_that_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("CANARY_API_KEY", KEY)
    run = triage_run(
        tmp_path, count=30, outputs=lambda example, name, queue: f"{queue} {KEY} {name}"
    )
    alter_prompt(run, "v1", text=run.meta.prompts["v1"].text + KEY)
    alter_dataset(run, name=f"triage {KEY}")
    path = report(compare(run, "right_queue", baseline="v1"), tmp_path, rows="all")
    everything = (
        path.read_text() + json.dumps(rows_of(path)) + (tmp_path / "decision.json").read_text()
    )
    assert KEY not in everything
    assert "[CANARY_API_KEY]" in everything


def test_model_text_is_escaped_wherever_it_stands(tmp_path):
    run = triage_run(tmp_path, count=30)
    hostile = "</pre><script>alert(1)</script>\u202e\x1b[31m"
    alter_prompt(run, "v1", text=run.meta.prompts["v1"].text + hostile)
    alter_prompt(run, "v2", description='"><img src=x onerror=alert(1)>')
    alter_dataset(run, name="<svg onload=alert(1)>")
    page = report(compare(run, "right_queue", baseline="v1"), tmp_path).read_text()
    assert "<script>alert" not in page and "<img" not in page and "<svg onload" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩␛[31m" in page


def test_rows_cannot_leave_their_script_element(tmp_path):
    run = triage_run(
        tmp_path, count=20, outputs=lambda example, name, queue: "</script><!--<script>"
    )
    page = report(run, tmp_path, rows="all").read_text()
    assert page.count("</script>") == 2, "the data and the page's own script"
    assert rows_of(tmp_path / "report.html")["cells"][0]["output"][0] == "</script><!--<script>"


# --- parts


def test_the_frontier_leaves_out_what_is_dearer_and_no_better():
    points = [
        Point(name, x, Interval(y, y, y), "", "")
        for name, x, y in (("a", 1, 0.5), ("b", 2, 0.5), ("c", 3, 0.9))
    ]
    assert frontier(points) == [(1, 0.5), (3, 0.9)]
    assert frontier(points, -1) == [(1, 0.5)]


def test_differences_on_a_scale_where_less_is_better_are_turned(run, tmp_path):
    alter_critic(run, scale=Scale(0, 1, higher_is_better=False))
    try:
        choice = compare(run, "right_queue", baseline="v1", margin=0.05)
        said = text_of(report(choice, tmp_path))
    finally:
        alter_critic(run, scale=Scale(0, 1))
    by = next(each for each in choice.differences if each.challenger == "v3").interval
    assert by.estimate > 0, "v3 has more of what there should be less of"
    assert f"−{100 * by.estimate:.1f} −{100 * by.high:.1f} to −{100 * by.low:.1f}" in said
    assert "Less is better on this scale" in said
