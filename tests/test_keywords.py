"""An argument that is not known: a notebook's error says what is meant, and what is taken."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

import workbench as wb
from workbench.views.keywords import meant_keyword


@pytest.fixture
def shell():
    made = InteractiveShell()
    wb.load_ipython_extension(made)
    made.user_ns["wb"] = wb
    return made


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            "wb.run([], [], [], critic=[])",
            "argument 'critic': is 'critics' meant? It takes prompts, ",
        ),
        ("await wb.run([], [], [], critic=[])", "is 'critics' meant? It takes prompts, "),
        ("wb.Exact('label', nme='x')", "argument 'nme': is 'name' meant? It takes of, name"),
        (
            "wb.Rubric.load('p', modle=1)",
            "argument 'modle': is 'model' meant? It takes path, model, ",
        ),
        ("wb.labels.draw(1, 'c', ratr='me')", "argument 'ratr': is 'rater' meant? It takes run, "),
        ("wb.model('actor', temperature=0)", "argument 'temperature': it takes name"),
        (  # as Python 3.13 says it
            "raise TypeError(\"run() got an unexpected keyword argument 'critic'. Did you mean "
            "'critics'?\")",
            "argument 'critic': is 'critics' meant? It takes prompts, ",
        ),
    ],
)
def test_what_is_meant_by_an_argument_is_said_in_the_cell(shell, capsys, cell, said):
    failed = shell.run_cell(cell).error_in_exec
    assert said in str(failed)
    assert said in " ".join(capsys.readouterr().out.split())


def test_what_is_not_ours_is_left_alone(shell):
    words = "run() got an unexpected keyword argument 'critic'"
    assert meant_keyword(words, {})
    assert meant_keyword(words, {"run": lambda: None}) == ""  # the user's own function
    assert meant_keyword(words.replace("run", "nothing_of_ours"), {}) == ""
    assert str(shell.run_cell("1 + 'a'").error_in_exec).startswith("unsupported operand")


def test_somebody_elses_say_in_errors_is_kept():
    made = InteractiveShell()
    made.set_custom_exc((TypeError,), lambda *_, **__: None)
    before = made.CustomTB
    wb.load_ipython_extension(made)
    assert made.CustomTB == before
