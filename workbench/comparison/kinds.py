# pyright: strict
"""The kinds of what a comparison says: why a word, who decides, what ships, notes, next steps."""

from typing import Literal

Cause = Literal[
    "interval above zero",
    "interval below zero",
    "inside the margin",
    "wide interval",
    "failures decide",  # the answers that could be judged alone would not say it
    "failures disagree",  # with failures counted as wrong the answers say less
    "missing on one side",  # and at the worst for these rows the word would not stand
    "too few scored",
    "no common score",  # no example has a score on both sides
    "constant critic",
    "ignorant critic",
    "canary passed",  # the critic passes answers that are known to be bad
    "labels contradict",
    "gold contradicts",
    "written on these rows",  # the prompt is younger than the first answer on a row it is judged on
    "baseline written on these rows",
    "critic written on these rows",  # after several others had judged them
    "labels lean",  # on the critic: given with its score in sight, or all of them its own word
    "labels outdated",  # they are of answers that an edit left, and the others were changed
    "rows together",  # by a tag that nobody named, and taken in its groups they show less
    "rows picked",  # of those that were answered before, and the others are left out
    "claimed before",  # at an earlier look; the estimate keeps its side
    "claim fell",
    "claimed on held rows",
    "not yet",  # shown on rows that are held back
    "too few held rows",  # that nobody saw, and on which nothing was better before
    "held rows opened",  # claims were made on these rows while they were held back
    "not due",  # another look at these rows would need more of them
    "looks ended",  # the last planned look was taken
    "too few rows",  # for any word
    "two runs",  # of different days, say: they explore
]
# right answers, people's labels, a critic's opinion, a check in code that has none
Decider = Literal["gold", "labels", "critic", "check"]
Until = Literal["dataset", "last planned look", "all labelled"]  # what ends the rows left
ShipKind = Literal[
    "better",
    "tie, cheaper",
    "tie",
    "need more",
    "inconclusive",
    "worse",
    "guardrail",
    "not yet",
    "only variant",
    "two runs",
]
NoteKind = Literal[
    "critic alone",
    "score not corrected",
    "people beside",
    "critic beside",
    "labels left out",
    "labels off scale",
    "labels skipped",
    "labels picked",  # by other than chance: they decide nothing
    "labels apart",  # of one answer by one person, of the other by another: left out
    "labels outdated",  # to many examples that were labelled other answers are given now
    "labels unrecorded",  # they decide, and nobody wrote down who chose what was labelled
    "labels in sight",  # given with the critic's score in sight
    "labels echo",  # every one of many says what the critic says
    "labels by models",  # left out: their rater is called what the critic or a model is
    "gold",
    "other model",
    "slice behind",
    "later look",
    "other critics",  # decided on the same prompts and rows before
    "other baselines",  # they were decided against before
    "critic changed",  # since these rows were first looked at
    "other looks",  # at these rows, by other critics or against other baselines
    "answers apart",  # in time, or by the version of their model
    "no ledger",
    "before the ledger",
    "looks planned",
    "gold decides",
    "speaks to the judge",
    "part of the dataset",
    "latency apart",
    "rows in order",  # drift, or come in streaks: they are no draw of what comes later
    "copies",  # of other examples, taken together with them
    "missing on one side",
    "held rows seen",
    "prompt differs",  # between two runs, as the next four
    "model differs",
    "dataset differs",
    "critic differs",
    "nothing differs",
]
StepKind = Literal[
    "add a variant",
    "do not choose",
    "read flagged answers",
    "export",
    "label on more examples",
    "label more",
    "run more",
    "add examples",
    "mend the critic",
    "settle the contradiction",
    "claim on other rows",
    "claim again",
    "write new rows",
    "run again",
    "mend rows",
    "run side by side",
]
