"""What happened around a comparison: rows picked from those that were answered, a critic written
again and again, other questions asked of the same rows, answers that lie apart.
"""

import numpy as np
import pytest
from sample_runs import alter_critic
from sqlalchemy import text
from test_comparison_looks import only, rates, texts

import workbench as wb
from workbench import testing
from workbench.comparison.around import stands_on_all
from workbench.runs.heldout import rows_of
from workbench.runs.seen import prompt_identity
from workbench.stats.intervals import Interval
from workbench.stats.paired import Decision

LATER = "---\nname: later\n---\nuser:\nSay it better {{ number }}\n"


def kinds(choice):
    return {note.kind for note in choice.notes}


def digit(ask):
    """Yes and no by chance, no other for one prompt than for another."""
    _, prompt, number = ask.text.rsplit(maxsplit=2)
    chosen = np.random.default_rng([int(number), ord(prompt[0])])
    return "yes" if chosen.random() < 0.6 else "no"


@pytest.fixture
def ask(tmp_path):
    """A run of prompts that are equally good on some examples, in one store."""
    (tmp_path / "prompts").mkdir()
    for name in ("first", "second", "third"):
        text = f"---\nname: {name}\n---\nuser:\nSay {name} {{{{ number }}}}\n"
        (tmp_path / "prompts" / f"{name}.prompty").write_text(text)
    prompts = wb.load_prompts(tmp_path / "prompts")
    store = wb.Store(tmp_path / "store.db")
    with testing.serve(digit) as server:
        model = server.model("actor")

        async def run(numbers, *names, **column):
            rows = [{"number": str(n)} | column for n in numbers]
            examples = [wb.Example(f"e-{row['number']}", row, "yes") for row in rows]
            chosen = [prompt for prompt in prompts if prompt.name in names]
            return await wb.run(chosen, examples, model, [wb.Exact()], store=store)

        yield run
    store.close()


@pytest.mark.parametrize("column", [{}, {"kind": "hard"}], ids=["as they were", "with a column"])
async def test_the_rows_that_one_prompt_failed_are_no_ground_to_call_another_better(ask, column):
    """Its stored answers fail on all of them, and a fresh one does not."""
    run = await ask(range(150), "first")
    failed = [n for n, score in enumerate(run.columns["exact"]) if score == 0]
    choice = wb.compare(await ask(failed, "first", "second", **column), "exact", baseline="first")
    found = only(choice)
    assert found.interval.low > 0
    assert (found.decision, found.cause) == ("need more", "rows picked")
    assert found.left_out == 150 - len(failed)
    assert f"{found.left_out} are left out, and whoever had read the answers" in found.sentence
    assert choice.next_step and choice.next_step.kind == "claim on other rows"


async def test_rows_that_were_read_under_other_columns_settle_no_claim(tmp_path):
    prompts = []
    for name, words in (("first", "Say"), ("later", "Say it better")):
        file = tmp_path / f"{name}.prompty"
        file.write_text(f"---\nname: {name}\n---\nuser:\n{words} {{{{ number }}}}\n")
        prompts.append(wb.load_prompt(file))
    store = wb.Store(tmp_path / "s.db")
    with testing.serve(lambda ask: "yes" if "better" in ask.text else "no") as server:

        async def ask(numbers, chosen, held=False, **column):
            each = [{"number": str(n)} | column for n in numbers]
            rows = [wb.Example(f"e{n['number']}", n, "yes", held=held) for n in each]
            return await wb.run(chosen, rows, server.model(), [wb.Exact()], store=store)

        await ask(range(50), prompts[:1])
        run = await ask(range(65), prompts, held=True, note="")
    choice = wb.compare(run, "exact", baseline="first")
    assert (only(choice).decision, only(choice).cause) == ("not yet", "too few held rows")
    assert "15 held-out examples are left that nobody has seen" in only(choice).sentence
    store.close()


@pytest.mark.parametrize(
    "before, word", [(True, "interval above zero"), (False, "written on these rows")]
)
async def test_a_column_that_is_added_makes_no_prompt_older_than_the_answers(
    before, word, tmp_path
):
    """Every row is another by it, and the answers to them were read an hour ago."""
    (tmp_path / "first.prompty").write_text("---\nname: first\n---\nuser:\nSay {{ number }}\n")
    later = tmp_path / "later.prompty"
    if before:
        later.write_text(LATER)
    store, first = wb.Store(tmp_path / "s.db"), wb.load_prompt(tmp_path / "first.prompty")
    with testing.serve(lambda ask: "yes" if "better" in ask.text else "no") as server:

        async def compared(*prompts, **column):
            rows = [wb.Example(f"{n}", {"number": str(n)} | column, "yes") for n in range(60)]
            run = await wb.run(list(prompts), rows, server.model(), [wb.Exact()], store=store)
            return wb.compare(run, "exact", baseline="first")

        await compared(first)
        with store._database.write() as connection:
            for table in ("call", "sighting", "registration"):
                connection.execute(text(f"UPDATE {table} SET at = at - 3600"))
        later.write_text(LATER)
        assert only(await compared(first, wb.load_prompt(later), note="")).cause == word
    store.close()


async def test_rows_that_were_there_before_the_others_are_not_picked(ask):
    await ask(range(60), "first", "second")
    await ask(range(150), "first", "second")
    found = only(wb.compare(await ask(range(60), "first", "second"), "exact", baseline="first"))
    assert (found.left_out, found.cause) == (0, "wide interval")


async def test_rows_that_both_sides_answer_afresh_are_not_picked_by_their_answers(ask):
    await ask(range(150), "first")
    run = await ask(range(40), "second", "third")
    found = only(wb.compare(run, "exact", baseline="second"))
    assert (run.counts["cached"], found.left_out) == (0, 0)


@pytest.mark.parametrize(
    "low, left, stands", [(0.10, 3, True), (0.01, 3, False), (0.10, 40, False)]
)
def test_a_word_stands_where_the_worst_of_the_rows_left_out_could_not_undo_it(low, left, stands):
    shown = Interval(low + 0.1, low, low + 0.2)
    assert stands_on_all(Decision.BETTER, shown, 197, left, 0.05) is stands
    worse = Interval(-low - 0.1, -low - 0.2, -low)
    assert stands_on_all(Decision.WORSE, worse, 197, left, 0.05) is stands


def test_a_tie_stands_where_the_rows_left_out_could_not_leave_the_margin():
    shown = Interval(0.0, -0.03, 0.03)
    assert stands_on_all(Decision.TIE, shown, 197, 3, 0.05)
    assert not stands_on_all(Decision.TIE, shown, 197, 10, 0.05)


def test_the_third_text_of_a_critic_after_the_first_explores(make_run, tmp_path):
    store, found = wb.Store(tmp_path / "s.db"), []
    for number, share in enumerate((0.5, 0.5, 0.5, 0.9)):
        run = make_run(rates(0.5, share), store=store)
        alter_critic(run, "good", fingerprint=f"text {number}")
        found.append(wb.compare(run, "good", baseline="v1"))
    assert [each.looks for each in found] == [1, 2, 3, 4]
    assert [("critic changed" in kinds(each)) for each in found] == [False, True, True, True]
    assert (only(found[-1]).decision, only(found[-1]).cause) == (
        "need more",
        "critic written on these rows",
    )
    assert "3 other texts of the critic looked at these rows before" in only(found[-1]).sentence


def test_other_questions_asked_of_the_same_rows_before_are_said_and_later_ones_are_not(make_run):
    run = make_run({"v1": [0.0, 1.0] * 30, "v2": [1.0, 0.0] * 30})
    first = wb.compare(run, "good", baseline="v1")
    back = wb.compare(run, "good", baseline="v2")  # nothing that v2 was asked
    assert "other looks" not in kinds(first)
    assert "These rows were looked at against 1 other baseline before" in texts(back)
    assert [*wb.compare(run, "good", baseline="v1").notes] == [*first.notes]


async def test_answers_that_lie_apart_could_be_two_models(ask):
    await ask(range(60), "first")
    run = await ask(range(60), "first", "second")
    before = wb.compare(run, "exact", baseline="first")
    assert "answers apart" not in kinds(before)
    with run.store._database.write() as connection:
        old = "UPDATE call SET at = at - 864000 WHERE id <= 60"
        connection.execute(text(old))
    choice = wb.compare(run, "exact", baseline="first")
    assert "The answers of second and first lie 10 days apart" in texts(choice)


def test_rows_that_are_left_out_are_counted_from_runs_before(make_run, tmp_path):
    store = wb.Store(tmp_path / "s.db")
    whole = make_run(rates(0.5, 0.9, n=100), store=store)
    store.register(rows_of(whole.examples), [])
    part = whole.examples[:40]
    around = store.around("", rows_of(part))
    assert len(around.left_out) == 60 * 8 and around.seen == float("inf")
    assert store.around("", rows_of(whole.examples)).left_out == b""


@pytest.mark.parametrize("changed", [" {} ", "{}\n", "\u00a0{}", "{}\r\n"])
def test_rows_that_differ_in_blanks_at_their_ends_are_no_new_rows(make_run, tmp_path, changed):
    store = wb.Store(tmp_path / "one.db")
    run = make_run({"v1": [0.0] * 40, "v2": [1.0] * 40}, store=store)
    before = [wb.Example(f"other {each.id}", {name: changed.format(text) for name, text in
              each.inputs.items()}, None, {}) for each in run.examples]  # fmt: skip
    store.register(rows_of(before), [prompt_identity(run.prompts[0])])
    assert only(wb.compare(run, "good", baseline="v1")).cause == "written on these rows"


def test_a_row_is_known_by_what_is_read_and_not_by_its_bytes():
    def row(text):
        return rows_of([wb.Example("1", {"message": text, "turns": [{"content": text}]}, None, {})])

    alike = ["Caf\u00e9\nnow", "Cafe\u0301\r\nnow", " Caf\u00e9\rnow\t"]
    others = ["Caf\u00e9 now", "caf\u00e9\nnow", "Cafe\nnow"]
    assert len({row(text) for text in alike}) == 1
    assert len({row(text) for text in others} | {row(alike[0])}) == 4
