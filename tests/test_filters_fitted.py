"""What is trained on labelled texts, held against scikit-learn, and on the texts that ship."""

import random

import numpy as np
import pytest
from scipy.sparse import csr_matrix

import workbench as wb
from workbench.filters.features import BUCKETS
from workbench.filters.fitting import STRENGTH, fit, hashed
from workbench.filters.labelled import read_labelled

OWN = "datasets/unwanted.jsonl"


def tabled(rows):
    """A sparse table of hashed rows by all buckets."""
    ends = np.cumsum([0, *(len(buckets) for buckets, _ in rows)])
    columns, values = (np.concatenate(each) for each in zip(*rows, strict=True))
    return csr_matrix((values, columns, ends), shape=(len(rows), BUCKETS))


@pytest.mark.parametrize("unwanted", [8, 20])
def test_the_fit_is_that_of_scikit_learn(unwanted):
    linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is a test dependency")
    labelled = read_labelled(OWN)
    kept = [row for row in labelled if not row.is_unwanted][:20]
    kept += [row for row in labelled if row.is_unwanted][:unwanted]
    rows, labels = hashed(row.text for row in kept), [row.is_unwanted for row in kept]
    ours = fit(rows, labels)
    table = tabled(rows)
    used = np.unique(table.indices)
    table = table[:, used]
    oracle = linear.LogisticRegression(
        C=STRENGTH, class_weight="balanced", tol=1e-7, max_iter=2000
    ).fit(table, labels)
    assert ours.constant == pytest.approx(oracle.intercept_[0], abs=2e-3)
    scores = [ours.value(*row) for row in rows]
    assert scores == pytest.approx(list(oracle.decision_function(table)), abs=5e-3)
    assert np.abs(ours.weights[used] - oracle.coef_[0]).max() < 5e-4


def test_the_shipped_texts_are_labelled_repeat_nothing_and_promise_little():
    found = wb.filters.Unsafe(OWN).report
    assert next(found.counts.sentences()) == "160 rows: 60 unwanted, 100 harmless"
    assert (found.counts.same, found.counts.alike, found.counts.torn) == (0, 0, 0)
    assert found.area == pytest.approx(0.79, abs=0.02)
    assert found.recall[0.01].high < 0.3
    assert "100 harmless rows promise no less than 3.0% of false alarms." in found.sentences()


def test_labels_that_mean_nothing_teach_nothing():
    labelled = read_labelled(OWN)
    shuffled = [row.is_unwanted for row in labelled]
    random.Random(0).shuffle(shuffled)
    pairs = zip(labelled, shuffled, strict=True)
    rows = [{"text": row.text, "label": int(label)} for row, label in pairs]
    assert 0.35 < wb.filters.Unsafe(rows).report.area < 0.65
