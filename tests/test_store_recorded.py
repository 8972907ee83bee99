"""A recording is taken whole or not at all, and holds what a call may have."""

import re

import pytest
from test_store import answer, keep, request

from workbench.errors import StoreError
from workbench.models.completion import Completion
from workbench.store import Store


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda line: line[: len(line) // 2], "line 2: not a recorded call"),
        (
            lambda line: line.replace('"content":"b"', '"content":"c"'),
            "line 2: the request was edited",
        ),
        (
            lambda line: line.replace('"reply":{', '"reply":{"tokens":[1],'),
            "line 2: not a recorded call",
        ),
        (lambda line: "[1]\n", "line 2: not a recorded call"),
        (
            lambda line: line.replace('"reply":{', '"reply":{"prompt_tokens":-5,'),
            "wrong .'prompt_t",
        ),
        (lambda line: line.replace('"reply":{', '"reply":{"seconds":1e300,'), "wrong .'seconds'"),
        (lambda line: line.replace('"reply":{', '"reply":{"attempts":true,'), "wrong .'attempts'"),
        (lambda line: line.replace('"reply":{', '"reply":{"gap_seconds":["a"],'), "'gap_seconds'"),
        (lambda line: line.replace('"reply":{', '"reply":{"tokens":[[5,"a",[]]],'), "'tokens'"),
        (lambda line: re.sub('"at":[0-9.]+', '"at":1e300', line), "at 1e.300"),
        (lambda line: re.sub('"at":[0-9.]+', '"at":-1', line), "at -1"),
    ],
)
def test_recordings_are_taken_whole_or_not_at_all(tmp_path, damage, said):
    store = Store(tmp_path / "store.db")
    for name in ("a", "b"):
        keep(store, request(name), Completion(name))
    path = store.write_calls(tmp_path / "calls.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + damage(lines[1]))
    other = Store(tmp_path / "other.db")
    with pytest.raises(StoreError, match=said):
        other.read_calls(path)
    assert answer(other, request("a").key()) is None


def test_a_recording_that_no_review_could_read_is_refused(tmp_path):
    (tmp_path / "calls.jsonl").write_bytes('{"request": {}, "at": 1}'.encode("utf-16"))
    with pytest.raises(StoreError, match=r"line 1: not a recorded call [(]UnicodeDecodeError: "):
        Store(tmp_path / "store.db").read_calls(tmp_path / "calls.jsonl")
