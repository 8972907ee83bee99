"""What a run makes known before its first call, and what its variants are called in the ledger."""

import workbench as wb
from workbench.runs.heldout import rows_of
from workbench.runs.seen import known_prompts, prompt_identity, variant_identities

PROMPT = "---\nname: {0}\ninputs: [{{name: text, kind: string}}]\n---\nuser:\n{1}: {{{{ text }}}}\n"


def test_a_right_answer_that_is_added_makes_no_new_row():
    examples = [wb.Example(f"e{i}", {"text": str(i)}, "an answer") for i in range(3)]
    corrected = [wb.Example(e.id, e.inputs, "another answer") for e in examples]
    assert rows_of(corrected) == rows_of(examples)


def test_every_prompt_of_the_folder_is_known_and_white_space_changes_none(tmp_path):
    for name, text in (("v1", "Say"), ("v2", "Sum  up"), ("broken", "{{ macro() }}")):
        (tmp_path / f"{name}.prompty").write_text(PROMPT.format(name, text))
    first = wb.load_prompt(tmp_path / "v1.prompty")
    (tmp_path / "v3.prompty").write_text(PROMPT.format("v3", "Sum up"))
    second, third = (wb.load_prompt(tmp_path / f"{name}.prompty") for name in ("v2", "v3"))
    assert prompt_identity(second) == prompt_identity(third) != prompt_identity(first)
    assert set(known_prompts([first])) == {prompt_identity(first), prompt_identity(second)}


def test_models_of_one_id_at_two_endpoints_are_two_variants_in_the_ledger():
    rows = [
        {"prompt": "v1", "model": model, "example": str(i), "output": "x", "good": float(i % 2)}
        for model in ("here", "there")
        for i in range(30)
    ]
    run = wb.Run.of(rows, critics={"good": wb.Scale()})
    assert len(set(variant_identities(run))) == 2
