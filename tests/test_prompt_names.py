"""Names of prompts that a person could not read, or could not tell apart."""

import pytest

from workbench import load_prompts
from workbench.errors import PromptError

TEXT = "---\nname: x\n---\nuser:\n{{ text }}\n"


def written(folder, *names):
    for name in names:
        (folder / f"{name}.prompty").write_text(TEXT)
    return folder


@pytest.mark.parametrize("name", ["v1\u200bb", "a\u202eb", "a\nb", "a\x1bb"])
def test_a_name_that_holds_what_nobody_sees_is_refused(tmp_path, name):
    with pytest.raises(PromptError, match="holds what nobody sees: rename the file"):
        load_prompts(written(tmp_path, name))


@pytest.mark.parametrize(
    ("one", "other"),
    [("va", "v\u0430"), ("v1", "v\uff11"), ("v1", "v1\u200b"), ("e\u0301", "\u00e9"), ("V1", "v1")],
)
def test_two_names_that_look_alike_are_refused(tmp_path, one, other):
    with pytest.raises(PromptError, match=r"'.*' and '.*' look alike: rename one of the files"):
        load_prompts(written(tmp_path, one, other))


def test_names_of_any_script_that_differ_are_names(tmp_path):
    names = ["v1", "v1 @ m", "\u0432\u0435\u0440\u0441\u0438\u044f", "\u540d", "\U0001f600"]
    found = load_prompts(written(tmp_path, *names))
    assert sorted(each.name for each in found) == sorted(names)
