"""Released prompts of any name: in files that every system has, or refused."""

import pytest

import workbench as wb
from workbench import testing
from workbench.errors import WorkbenchError
from workbench.exchange.nunjucks import nunjucks
from workbench.files import portable_name
from workbench.prompts import Message, Prompt

NOWHERE = (
    "../x", "a/b", "a\\b", "/etc/passwd", "CON", "con.txt", "Com1", "nul ", "x" * 151, "é" * 76,
    ".", "..", "", ".hidden", "a:b", "a*", "a\0b", "\ud800", "end ", "end.", "v2\n", "a\u202eb",
)  # fmt: skip


@pytest.mark.parametrize("name", NOWHERE)
def test_a_name_that_some_system_has_no_file_for_is_refused(name):
    with pytest.raises(WorkbenchError, match="no name that a file can have on every system"):
        portable_name(name)


@pytest.mark.parametrize("name", ["v2", "v2.card", "konsole", "Prüfung 2", "-rf", "$(id)", "日本"])
def test_any_other_name_stays(name):
    assert portable_name(name) == name


def _asks(text):
    return (Message("user", text),)


async def released(names, folder):
    """The file of each prompt, released one after the other."""
    prompts = [
        Prompt(name, (Message("user", f"{n} {{{{ text }}}}"),)) for n, name in enumerate(names)
    ]
    base = Prompt("base", (Message("user", "{{ text }}"),))
    examples = wb.Dataset([wb.Example(str(n), {"text": "t"}, "yes") for n in range(12)], "ds")
    with testing.serve(lambda ask: "yes") as server:
        run = await wb.run([base, *prompts], examples, server.model(), [wb.Exact()])
    choice = wb.compare(run, "exact", baseline="base")
    done = [
        wb.export(choice, folder, formats=["python"], variant=name, anyway=True) for name in names
    ]
    return [sorted(file.name for file in (each.prompt, *each.files)) for each in done]


async def test_names_that_some_systems_or_modules_take_for_one_are_files_of_their_own(tmp_path):
    names = ["v-2", "v_2", "V-2"]
    first, second, third = await released(names, tmp_path / "out")
    assert first == ["v-2.prompty", "v_2.py"]
    assert len({name.casefold() for name in (*first, *second, *third)}) == 6
    assert second[0].startswith("v_2-") and third[0].startswith("V-2-")
    assert await released(names[:1], tmp_path / "out") == [first]  # again


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("{{#if x}}", '{{ "{{" }}#if x}}'), ("{{{", '{{ "{{" }}{'),
        ("{%{{", '{{ "{%" }}{{ "{{" }}'),
        ("{#", '{{ "{#" }}'), ("a\0{b", "a\0{b"), ("{{%", '{{ "{{" }}%'),
    ],
)  # fmt: skip
def test_signs_of_templates_in_a_text_are_written_as_text(text, written):
    assert nunjucks([["text", text]]) == written
