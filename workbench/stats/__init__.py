"""Arithmetic of judgement on plain arrays: numpy and scipy in, small frozen dataclasses out.

a critic's scale  Scale (low, high, higher_is_better): share, turned, passes, worst
known ends        bounded_interval, mean_limits, lower_limits, upper_limits; p_mean_at_most,
                  p_mean_at_least; own_score
one figure        wilson, rate_interval, mean_interval -> Interval(estimate, low, high)
two variants      paired_difference, paired_p_value, mcnemar, pairing_gain, missing_bounds; decide; more_examples
many claims       each_level (of simultaneous intervals), holm, benjamini_hochberg, top_set (may be the best)
people's scores   corrected_rate, corrected_mean, corrected_difference; rogan_gladen, error_rate_labels
a critic's worth  agreement (yes/no), rating_agreement, auc (graded), rater_agreement (the human ceiling), label_value
its biases        length_effect, self_preference, position_consistency, repeatability; effective_votes (panel); sameness
P(pass)           calibrate, pass_threshold, passes, cross_fitted, calibration_of, calibration_error, brier
saving calls      fit_cascade, nearest_half, cascade_report, cascade_mean; race, Race (stepwise, for a live race)
planning          labels_needed, expected_half_width, labels_saved, spread, examples_for_power
the words         claims (holm_passes), overall, pair_intervals, candidates; a gate's not_worse,
                  gate_looks, gate_tails
against a word    contradiction, sign_test; passing_at_least, canary_blocks
rows needed       rows_for_tie, rows_for_half_width, half_width_at, spread_factor
quantiles         quantile_interval, quantile_difference
in clusters       clustered_mean (CR2), clustered_interval, clustered_p_at_most
looking again     confidence_sequence; look_tails, planned_tails (bounds_as_tails), obrien_fleming,
                  look_share (spent), held_out_share

NaN means unscored, and so does an infinite value: it is no score. `clusters` names what belongs
together (an example's repeats, a conversation), one hashable label a row. `level` is that of one
interval. Too few labels raise TooFewLabels; mistaken shapes, bounds that are not two finite ends in
order, and a `level`, `alpha` or `power` that does not lie between 0 and 1 raise ValueError.
Importing this package loads neither numpy nor scipy; a name loads its module when first used.
"""

import importlib
from typing import Any

_HOMES = {
    "scale": ["Scale"],
    "bounded": [
        "Limits", "bounded_interval", "lower_limits", "mean_limits", "own_score", "p_mean_at_least",
        "p_mean_at_most", "upper_limits",
    ],
    "intervals": ["Interval", "mean_interval", "rate_interval", "wilson"],
    "paired": [
        "Decision", "McNemar", "decide", "mcnemar", "missing_bounds", "more_examples", "paired_difference",
        "pairing_gain",
    ],
    "multiple": ["benjamini_hochberg", "each_level", "holm", "paired_p_value", "top_set"],
    "correction": ["corrected_difference", "corrected_mean", "corrected_rate"],
    "reliability": ["Agreement", "agreement"],
    "ratings": ["RaterAgreement", "RatingAgreement", "auc", "rater_agreement", "rating_agreement"],
    "claiming": [
        "Claim", "candidates", "claims", "gate_looks", "gate_tails", "holm_passes", "not_worse",
        "overall", "pair_intervals",
    ],
    "contradicting": [
        "Contradiction", "canary_blocks", "contradiction", "passing_at_least", "sign_test",
    ],
    "sizing": ["Needed", "half_width_at", "rows_for_half_width", "rows_for_tie", "spread_factor"],
    "quantiles": ["quantile_difference", "quantile_interval"],
    "clustered": [
        "ClusteredMean", "clustered_interval", "clustered_mean", "clustered_p_at_most",
    ],
    "tails": [
        "bounds_as_tails", "held_out_share", "look_share", "look_tails", "obrien_fleming",
        "planned_tails", "spent",
    ],
    "sequences": ["confidence_sequence"],
    "racing": ["Race", "RaceResult", "race"],
    "error_rates": ["error_rate_labels", "rogan_gladen"],
    "planning": [
        "LabelValue", "examples_for_power", "expected_half_width", "label_value", "labels_needed", "labels_saved",
        "spread",
    ],
    "biases": [
        "PositionConsistency", "Repeatability", "effective_votes", "length_effect", "position_consistency",
        "repeatability", "self_preference",
    ],
    "gaming": ["Sameness", "sameness"],
    "calibrating": [
        "Calibration", "Calibrator", "brier", "calibrate", "calibration_error", "calibration_of",
        "cross_fitted", "pass_threshold", "passes",
    ],
    "cascades": ["Cascade", "CascadeReport", "cascade_mean", "cascade_report", "fit_cascade", "nearest_half"],
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'workbench.stats' has no attribute {name!r}")
    return getattr(importlib.import_module(f"workbench.stats.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(_HOME)
