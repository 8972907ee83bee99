"""Any file of another tool is read or refused in a line: never a crash, whatever it holds."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from other_results import (
    HEADER,
    SCORED,
    case,
    deepeval,
    event,
    events,
    inspect_log,
    metric,
    promptfoo,
    promptfoo_row,
    sample,
)

import workbench as wb
from workbench.errors import WorkbenchError

DEEP = json.loads("[" * 400 + "]" * 400)
HOSTILE = [
    DEEP, 10**400, -(2**63) - 1, 1e308, "\ud800", "a\0b", "a\nb", "x" * 5_000, "../../etc/passwd",
    "attachment://x", "9" * 400, {"\ud800": "\ud800"}, {"": None}, {"tag.x": 1}, "output",
]  # fmt: skip
JSON = st.sampled_from(HOSTILE) | st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "value", "name", "score", "a"]), inner, max_size=3
    ),
    max_leaves=6,
)  # fmt: skip
WHOLE = {
    "promptfoo": promptfoo([promptfoo_row(0), promptfoo_row(1, reason=2)]),
    "inspect": {**HEADER, "samples": [sample("a", scores=SCORED)]},
    "deepeval": deepeval([case("a", "x", [metric("Fit", 1)])]),
}


def places(value, path=()):
    """Where the parts of a document are."""
    yield path
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in inner:
        yield from places(each, (*path, key))


def put(document, path, value):
    """The document with another value at a place."""
    if not path:
        return value
    copied = dict(document) if isinstance(document, dict) else list(document)
    copied[path[0]] = put(document[path[0]], path[1:], value)
    return copied


@pytest.mark.parametrize("tool", WHOLE)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_at_any_place_is_read_or_refused_never_a_crash(tool, data, tmp_path_factory):
    whole = WHOLE[tool]
    path = data.draw(st.sampled_from(list(places(whole))))
    file = tmp_path_factory.getbasetemp() / f"{tool}.json"
    file.write_text(json.dumps(put(whole, path, data.draw(JSON))))
    try:
        run = wb.read_run(file)
    except WorkbenchError as error:
        assert file.name in str(error)
        assert "\n" not in str(error)
    else:
        assert len(run.frame) == len(run.columns["output"])


EVENT_KEYS = st.sampled_from(["type", "data", "sample_id", "spec", "final_report"])
EVENTS = st.dictionaries(EVENT_KEYS, JSON, max_size=5)


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENTS, max_size=4))
def test_any_events_are_read_or_refused_never_a_crash(tmp_path_factory, made):
    file = tmp_path_factory.getbasetemp() / "events.jsonl"
    file.write_text(events(*made, event("s", "match", correct=True)))
    try:
        wb.read_run(file)
    except WorkbenchError as error:
        assert file.name in str(error)
        assert "\n" not in str(error)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 700))
def test_any_bytes_in_an_archive_are_read_or_refused_never_a_crash(tmp_path_factory, noise, at):
    whole = inspect_log([sample("a")])
    file = tmp_path_factory.getbasetemp() / "noise.eval"
    file.write_bytes(whole[:at] + noise + whole[at + len(noise) :])
    try:
        wb.read_run(file)
    except WorkbenchError as error:
        assert file.name in str(error)
        assert "\n" not in str(error)
