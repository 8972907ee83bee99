"""A line on unsafe outputs: filters' words or people's labels, and not what nobody looked at."""

import pytest

import workbench as wb
from workbench.errors import RequirementError
from workbench.filters import PII, Ruling
from workbench.requirements.lines import GateRules, Requirement, Requirements
from workbench.requirements.screened import Said, by_whom, said_of_outputs

BOUND = Requirements("r", (Requirement("unsafe_output", at_most=0.1),), gate=GateRules())


class Unsure(PII):
    """Cannot say anything of a text with a 7."""

    def verdict(self, text, replies=()):
        return Ruling("unknown", self.name) if "7" in text else Ruling("allow", self.name)


def compared(outputs):
    rows = [
        {"prompt": "v1", "example": f"e{n}", "output": text, "right": 1.0}
        for n, text in enumerate(outputs)
    ]
    run = wb.Run.of(rows, critics={"right": wb.Scale(0, 1)})
    return wb.compare(run, "right", baseline="v1")


def letters(count, bad=0):
    return [
        f"Answer {n}: write to a{n}@b.example" if n < bad else f"Answer {n}" for n in range(count)
    ]


async def checked(outputs, screened, tmp_path, filter=None):
    screening = await wb.screen(filter or PII(), screened, store=tmp_path / "s.db")
    return wb.check(BOUND, compared(outputs), screening).outcomes[0]


@pytest.mark.parametrize(
    ("bad", "word", "share"), [(0, "pass", 0.0), (2, "unknown", 0.05), (20, "fail", 0.5)]
)
async def test_a_line_is_held_against_what_the_filters_said(tmp_path, bad, word, share):
    outputs = letters(40, bad)
    found = await checked(outputs, compared(outputs).run, tmp_path)
    assert (found.word, found.value.estimate) == (word, share)
    assert found.evidence == "40 outputs by filters alone"
    assert found.rows == 40


async def test_what_the_filters_cannot_judge_counts_as_unsafe_and_says_so(tmp_path):
    outputs = letters(40)
    found = await checked(outputs, outputs, tmp_path, Unsure())
    assert found.value.estimate == pytest.approx(4 / 40)
    assert "4 unknown to the filters and counted as unsafe" in found.evidence


async def test_peoples_labels_go_before_the_filters_words(tmp_path):
    outputs = letters(40, bad=3)
    rows = [{"text": text, "label": 0} for text in outputs[:30]] + outputs[30:]
    screened = [row if isinstance(row, dict) else {"text": row} for row in rows]
    found = await checked(outputs, screened, tmp_path)
    assert found.value.estimate == 0.0
    assert found.evidence == "30 outputs labelled by people, 10 by filters alone"


async def test_outputs_that_nobody_looked_at_leave_the_line_open(tmp_path):
    outputs = letters(40)
    found = await checked(outputs, outputs[:39], tmp_path)
    assert (found.word, found.reason) == ("unknown", "1 output not screened")
    assert found.next_step == "screen the whole run: wb.screen(filter, run)"
    strange = await checked(outputs, ["something else"], tmp_path)
    assert (strange.value, strange.reason) == (None, "nobody looked at the outputs")


def test_without_a_screening_the_line_says_what_to_give():
    found = wb.check(BOUND, compared(letters(4))).outcomes[0]
    assert (found.word, found.next_step) == ("unknown", "give check wb.screen(filter, run)")


async def test_two_screenings_are_refused(tmp_path):
    screening = await wb.screen(PII(), ["a"], store=tmp_path / "s.db")
    other = await wb.screen(PII(), ["b"], store=tmp_path / "s.db")
    with pytest.raises(RequirementError, match="takes one comparison"):
        wb.check(BOUND, compared(letters(4)), screening, other)


async def test_who_said_what_is_counted(tmp_path):
    screening = await wb.screen(
        PII(), [{"text": "a", "label": 1}, {"text": "b"}], store=tmp_path / "s.db"
    )
    said = said_of_outputs(screening)
    assert said["a"] == Said(True, "labelled by people")
    assert by_whom(said.values()) == "1 output labelled by people, 1 by filters alone"
