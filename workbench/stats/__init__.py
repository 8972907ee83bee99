"""Arithmetic of judgement on plain arrays: numpy and scipy in, small frozen dataclasses out.

a critic's scale  Scale (low, high, higher_is_better): share, turned, passes, worst
known ends        bounded_interval, mean_limits, lower_limits, upper_limits; p_mean_at_most,
                  p_mean_at_least; own_score
one figure        wilson, rate_interval, mean_interval -> Interval(estimate, low, high)
two variants      paired_difference, paired_p_value, missing_bounds; decide; more_examples
many claims       each_level (of simultaneous intervals), holm
people's scores   corrected_rate, corrected_mean, corrected_difference; corrected_share (of
                  differences, for a word); rogan_gladen
a critic's worth  agreement (yes/no), rating_agreement, auc (graded), label_value;
                  rater_agreement (the human ceiling)
its leanings      length_effect, self_preference; effective_votes (panel)
P(pass)           calibrate, pass_threshold, passes, cross_fitted, calibration_of,
                  calibration_error, brier
saving calls      fit_cascade, cascade_report, cascade_mean; race, Race (stepwise, for a live race)
planning          labels_needed, expected_half_width, labels_saved, spread, examples_for_power
the words         claims (holm_passes), overall, pair_intervals, candidates; not_worse
serving           HostedCost, OwnCost, break_even, adequate; replicas, over_runs
gates             gate_looks, gate_tails, gate_ends, operating_curve
against a word    contradiction, sign_test; passing_at_least, canary_blocks; p_drawn (of labels)
rows needed       rows_for_tie, rows_for_half_width, half_width_at, spread_factor
quantiles         quantile_interval, quantile_difference
streamed replies  token_times (TTFT, TPOT, pooled ITL)
in clusters       clustered_mean (CR2), clustered_interval, clustered_p_at_most
few classes       confusion, class_measures (precision, recall, F1)
few examples      reaching -> Reaching (e-values), words_said, soonest_word; word_lines,
                  stops_wrongly
many tries        best_of_equal
looking again     confidence_sequence; look_tails, planned_tails (bounds_as_tails), obrien_fleming,
                  look_share (spent), held_out_share

NaN means unscored, and so does an infinite value: it is no score. `clusters` names what belongs
together (an example's repeats, a conversation), one hashable label a row. `level` is that of one
interval. Too few labels raise TooFewLabels; mistaken shapes, bounds that are not two finite ends in
order, and a `level`, `alpha` or `power` that does not lie between 0 and 1 raise ValueError.
Importing this package loads neither numpy nor scipy; a name loads its module when first used.
"""

from typing import TYPE_CHECKING

from workbench.lazily import offering

if TYPE_CHECKING:
    from workbench.stats.bounded import (
        Limits,
        bounded_interval,
        lower_limits,
        mean_limits,
        own_score,
        p_mean_at_least,
        p_mean_at_most,
        upper_limits,
    )
    from workbench.stats.calibrating import (
        Calibration,
        Calibrator,
        brier,
        calibrate,
        calibration_error,
        calibration_of,
        cross_fitted,
        pass_threshold,
        passes,
    )
    from workbench.stats.cascades import (
        Cascade,
        CascadeReport,
        cascade_mean,
        cascade_report,
        fit_cascade,
    )
    from workbench.stats.claiming import (
        Claim,
        adequate,
        candidates,
        claims,
        holm_passes,
        not_worse,
        overall,
        pair_intervals,
    )
    from workbench.stats.classes import ClassMeasures, class_measures, confusion
    from workbench.stats.clustered import (
        ClusteredMean,
        clustered_interval,
        clustered_mean,
        clustered_p_at_most,
    )
    from workbench.stats.contradicting import (
        Contradiction,
        canary_blocks,
        contradiction,
        p_drawn,
        passing_at_least,
        sign_test,
    )
    from workbench.stats.correction import (
        CorrectedShare,
        corrected_difference,
        corrected_mean,
        corrected_rate,
        corrected_share,
    )
    from workbench.stats.e_values import (
        Reaching,
        reaching,
        soonest_word,
        stops_wrongly,
        word_lines,
        words_said,
    )
    from workbench.stats.effects import effective_votes, length_effect, self_preference
    from workbench.stats.elimination import Race, RaceResult, race
    from workbench.stats.error_rates import rogan_gladen
    from workbench.stats.gating import (
        GateEnds,
        Operating,
        gate_ends,
        gate_looks,
        gate_tails,
        operating_curve,
    )
    from workbench.stats.intervals import Interval, mean_interval, rate_interval, wilson
    from workbench.stats.luck import best_of_equal
    from workbench.stats.paired import (
        Decision,
        decide,
        each_level,
        holm,
        missing_bounds,
        more_examples,
        paired_difference,
        paired_p_value,
    )
    from workbench.stats.peak_load import over_runs, replicas
    from workbench.stats.planning import (
        LabelValue,
        examples_for_power,
        expected_half_width,
        label_value,
        labels_needed,
        labels_saved,
        spread,
    )
    from workbench.stats.quantiles import quantile_difference, quantile_interval
    from workbench.stats.ratings import (
        RaterAgreement,
        RatingAgreement,
        rater_agreement,
        rating_agreement,
    )
    from workbench.stats.reliability import Agreement, agreement, auc
    from workbench.stats.saw_tooth import BreakEven, HostedCost, OwnCost, Spreads, break_even
    from workbench.stats.scale import Scale
    from workbench.stats.sequential import confidence_sequence
    from workbench.stats.sizing import (
        Needed,
        half_width_at,
        rows_for_half_width,
        rows_for_tie,
        spread_factor,
    )
    from workbench.stats.streamed_times import TokenTimes, token_times
    from workbench.stats.tails import (
        bounds_as_tails,
        held_out_share,
        look_share,
        look_tails,
        obrien_fleming,
        planned_tails,
        spent,
    )

_HOMES = {
    "scale": ["Scale"],
    "intervals": ["Interval", "mean_interval", "rate_interval", "wilson"],
    "paired": [
        "Decision", "decide", "each_level", "holm", "missing_bounds", "more_examples",
        "paired_difference", "paired_p_value",
    ],
    "correction": [
        "CorrectedShare", "corrected_difference", "corrected_mean", "corrected_rate",
        "corrected_share",
    ],
    "error_rates": ["rogan_gladen"],
    "reliability": ["Agreement", "agreement", "auc"],
    "e_values": [
        "Reaching", "reaching", "soonest_word", "stops_wrongly", "word_lines",
        "words_said",
    ],
    "ratings": ["RaterAgreement", "RatingAgreement", "rater_agreement", "rating_agreement"],
    "effects": ["effective_votes", "length_effect", "self_preference"],
    "bounded": [
        "Limits", "bounded_interval", "lower_limits", "mean_limits", "own_score",
        "p_mean_at_least", "p_mean_at_most", "upper_limits",
    ],
    "claiming": [
        "Claim", "adequate", "candidates", "claims", "holm_passes", "not_worse", "overall",
        "pair_intervals",
    ],
    "gating": [
        "GateEnds", "Operating", "gate_ends", "gate_looks", "gate_tails", "operating_curve",
    ],
    "clustered": ["ClusteredMean", "clustered_interval", "clustered_mean", "clustered_p_at_most"],
    "contradicting": [
        "Contradiction", "canary_blocks", "contradiction", "p_drawn", "passing_at_least",
        "sign_test",
    ],
    "classes": ["ClassMeasures", "class_measures", "confusion"],
    "quantiles": ["quantile_difference", "quantile_interval"],
    "sizing": ["Needed", "half_width_at", "rows_for_half_width", "rows_for_tie", "spread_factor"],
    "tails": [
        "bounds_as_tails", "held_out_share", "look_share", "look_tails", "obrien_fleming",
        "planned_tails", "spent",
    ],
    "peak_load": ["over_runs", "replicas"],
    "saw_tooth": ["BreakEven", "HostedCost", "OwnCost", "Spreads", "break_even"],
    "sequential": ["confidence_sequence"],
    "luck": ["best_of_equal"],
    "streamed_times": ["TokenTimes", "token_times"],
    "elimination": ["Race", "RaceResult", "race"],
    "planning": [
        "LabelValue", "examples_for_power", "expected_half_width", "label_value", "labels_needed",
        "labels_saved", "spread",
    ],
    "calibrating": [
        "Calibration", "Calibrator", "brier", "calibrate", "calibration_error", "calibration_of",
        "cross_fitted", "pass_threshold", "passes",
    ],
    "cascades": ["Cascade", "CascadeReport", "cascade_mean", "cascade_report", "fit_cascade"],
}  # fmt: skip


__all__ = [
    "Agreement",
    "BreakEven",
    "Calibration",
    "Calibrator",
    "Cascade",
    "CascadeReport",
    "Claim",
    "ClassMeasures",
    "ClusteredMean",
    "Contradiction",
    "CorrectedShare",
    "Decision",
    "GateEnds",
    "HostedCost",
    "Interval",
    "LabelValue",
    "Limits",
    "Needed",
    "Operating",
    "OwnCost",
    "Race",
    "RaceResult",
    "RaterAgreement",
    "RatingAgreement",
    "Reaching",
    "Scale",
    "Spreads",
    "TokenTimes",
    "adequate",
    "agreement",
    "auc",
    "best_of_equal",
    "bounded_interval",
    "bounds_as_tails",
    "break_even",
    "brier",
    "calibrate",
    "calibration_error",
    "calibration_of",
    "canary_blocks",
    "candidates",
    "cascade_mean",
    "cascade_report",
    "claims",
    "class_measures",
    "clustered_interval",
    "clustered_mean",
    "clustered_p_at_most",
    "confidence_sequence",
    "confusion",
    "contradiction",
    "corrected_difference",
    "corrected_mean",
    "corrected_rate",
    "corrected_share",
    "cross_fitted",
    "decide",
    "each_level",
    "effective_votes",
    "examples_for_power",
    "expected_half_width",
    "fit_cascade",
    "gate_ends",
    "gate_looks",
    "gate_tails",
    "half_width_at",
    "held_out_share",
    "holm",
    "holm_passes",
    "label_value",
    "labels_needed",
    "labels_saved",
    "length_effect",
    "look_share",
    "look_tails",
    "lower_limits",
    "mean_interval",
    "mean_limits",
    "missing_bounds",
    "more_examples",
    "not_worse",
    "obrien_fleming",
    "operating_curve",
    "over_runs",
    "overall",
    "own_score",
    "p_drawn",
    "p_mean_at_least",
    "p_mean_at_most",
    "pair_intervals",
    "paired_difference",
    "paired_p_value",
    "pass_threshold",
    "passes",
    "passing_at_least",
    "planned_tails",
    "quantile_difference",
    "quantile_interval",
    "race",
    "rate_interval",
    "rater_agreement",
    "rating_agreement",
    "reaching",
    "replicas",
    "rogan_gladen",
    "rows_for_half_width",
    "rows_for_tie",
    "self_preference",
    "sign_test",
    "soonest_word",
    "spent",
    "spread",
    "spread_factor",
    "stops_wrongly",
    "token_times",
    "upper_limits",
    "wilson",
    "word_lines",
    "words_said",
]

__getattr__, __dir__ = offering(__name__, _HOMES)
