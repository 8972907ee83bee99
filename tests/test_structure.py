"""The floors of the design, what each may import, how long things are, how notebooks lie in git."""

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import workbench

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "workbench").rglob("*.py"))
CODE = [
    *MODULES,
    *sorted((ROOT / "tests").rglob("*.py")),
    *sorted((ROOT / "benchmarks").rglob("*.py")),
]
IN_GIT = (ROOT / ".git").exists()


def shipped_notebooks():
    """The numbered ones, in a checkout those that git tracks; beside them lie the user's own."""
    found = sorted((ROOT / "notebooks").glob("[0-9]_*.ipynb"))
    if not IN_GIT:
        return found
    listed = subprocess.run(
        ["git", "ls-files", "notebooks"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [path for path in found if f"notebooks/{path.name}" in listed.stdout.splitlines()]


NOTEBOOKS = shipped_notebooks()

# A line may import the lines above it, never below; neighbours on a line do not import each other.
FLOORS = [
    {"printing"},
    {"errors"},
    {"words", "parameters", "plain_yaml", "plain_fields", "json_values", "garbage", "lazily"},
    {"turns", "meant", "arguments", "schemas"},
    {"files", "secrets"},
    {"key_shapes"},
    {"stats"},
    {"prompts", "datasets"},
    {"models"},
    {"store"},
    {"critics"},
    {"filters"},
    {"runs"},
    {"labels"},
    {"comparison"},
    {"racing", "trying", "cards", "improving", "safety", "serving", "release"},
    {"kept", "requirements"},
    {"gate"},
    {"recognising", "shipped"},
    {"tabled"},
    {"scaffold"},
    {"exchange"},
    {"page"},
    {"sections"},
    {"reports"},
    {"views"},
    {"headless"},
    {"ci", "testing"},
    {"cli"},
]

# Stricter than the floors: what these may not import although it stands above them.
BARRED = {
    "critics": {"store", "models.model", "models.transport", "models.servers"},
    "stats": {"prompts", "datasets"},
}

# The only places that know a library (or open connections): anything else there is a decision to
# make, not a habit.
HOMES = {
    "aiohttp": {"models", "testing"},
    "httpx": {"models"},
    "openai": {"models"},
    "http.client": {"models"},
    "http.server": {"models", "testing"},
    "urllib.request": {"models", "exchange"},  # exchange: a comment on a pull request
    "socket": {"models", "testing", "store"},  # the store only asks for the host's name
    "sqlalchemy": {"store"},
    "sqlite3": {"store"},
    "pysqlite3": {"store"},
    "psycopg": {"store"},
    "jinja2": {"prompts", "page"},
    "ipywidgets": {"views"},
    "anywidget": {"views"},
    "IPython": {"views"},
    "papermill": {"reports"},
    "nbconvert": {"reports"},
    "nbclient": {"reports"},
    "plotly": {"reports", "sections", "views"},
    "xlsxwriter": {"exchange"},
    "zstandard": {"exchange"},
    "typer": {"cli"},
    "rich": {"cli"},
    "xllamacpp": {"models"},
    "ray": {"runs"},
    "gepa": {"improving"},
    "tritonclient": {"models"},
    "genai_prices": {"models"},
    "argcomplete": {"cli"},
    "opentelemetry": {"exchange"},
    "phonenumbers": {"prompts"},
    "pickle": set(),
    "requests": set(),
    "nest_asyncio": set(),
    "litellm": set(),
}
WITHOUT_PANDAS = {
    "printing",
    "errors",
    "prompts",
    "datasets",
    "stats",
    "models",
    "store",
    "critics",
}
STATS_LIBRARIES = {"numpy", "scipy", "krippendorff"}  # the last is arithmetic on a numpy array too

LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_CELL = 400, 40, 10
MOST_NODES = 150  # of the syntax tree, a function

# Modules of one name in different rooms: one thing, drawn on two floors.
SAME_THING = {
    "card", "classes", "dataset", "hosting", "leaderboard", "matrix", "prompt", "requirements",
    "screening", "slices", "trial", "trying", "words",
}  # fmt: skip


def name_of(path):
    """`models.endpoint` for workbench/models/endpoint.py."""
    parts = path.relative_to(ROOT / "workbench").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path):
    """(line, dotted name) of every import, wherever in a file; `from a import b` gives a.b."""
    found = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    froms = [each for each in found if isinstance(each, ast.ImportFrom)]
    assert all(each.level == 0 for each in froms), f"{path}: imports are written in full"
    plain = [each for each in found if isinstance(each, ast.Import)]
    named = [(each, of.name) for each in plain for of in each.names]
    named += [(each, f"{each.module}.{of.name}") for each in froms for of in each.names]
    return [(each.lineno, name) for each, name in named]


def floor(name):
    return next((number for number, names in enumerate(FLOORS) if name in names), None)


def is_within(name, package):
    return name == package or name.startswith(package + ".")


def test_every_module_has_its_place_in_the_design():
    placed = {name_of(path).partition(".")[0] for path in MODULES} - {"", "__main__"}
    assert [name for name in sorted(placed) if floor(name) is None] == []


NAMES = {name_of(path) for path in MODULES}


def imported_modules(path):
    """(line, module of ours) of every import, in functions and under TYPE_CHECKING too.

    `import workbench`, or a public name of it, is "": a way to anything, whatever its floor.
    """
    for line, imported in imports(path):
        package, _, other = imported.partition(".")
        if package == "workbench" and other != "__version__":
            named = other if other in NAMES else other.rpartition(".")[0]
            yield line, named


def wrong_imports(path):
    own = name_of(path)
    top = own.partition(".")[0]
    if floor(top) is None or top == "__main__":
        return
    where = path.relative_to(ROOT)
    for line, other in imported_modules(path):
        above = other.partition(".")[0]
        if other == "":
            yield f"{where}:{line} imports the whole package, and with it what stands below"
        elif above != top and floor(above) >= floor(top):
            yield f"{where}:{line} imports {other}, which stands beside or below it"
        if any(is_within(other, barred) for barred in BARRED.get(top, ())):
            yield f"{where}:{line} imports {other}"


def test_imports_point_up_the_floors_only():
    assert [wrong for path in MODULES for wrong in wrong_imports(path)] == []


def test_nothing_is_imported_by_a_name_in_a_string():
    """It hides from every other test here; lazy packages name theirs to a type checker."""
    lazy = {"workbench/__init__.py", "workbench/lazily.py"}
    found = {
        str(path.relative_to(ROOT))
        for path in MODULES
        for _, name in imports(path)
        if name in ("importlib", "importlib.import_module")
        and "import_module(" in path.read_text("utf-8")
    }
    assert found == lazy


def circles(graph):
    """Nodes that lead to each other: what is left when all that leads nowhere is taken."""
    left = {node: set(others) - {node} for node, others in graph.items()}
    while ends := {node for node, others in left.items() if not others & left.keys()}:
        left = {node: others for node, others in left.items() if node not in ends}
    while starts := left.keys() - set().union(*left.values()):
        left = {node: others for node, others in left.items() if node not in starts}
    return sorted(left)


def test_no_modules_import_each_other_in_a_circle():
    inside = [path for path in MODULES if name_of(path)]
    graph = {name_of(path): {name for _, name in imported_modules(path)} for path in inside}
    assert circles(graph) == []


def test_no_two_rooms_have_a_module_of_one_name():
    homes = {}
    for name in NAMES - {"", "__main__"}:
        homes.setdefault(name.rpartition(".")[2], []).append(name)
    assert {
        last: sorted(names)
        for last, names in homes.items()
        if len(names) > 1 and last not in SAME_THING
    } == {}


def misplaced_libraries(path):
    top = name_of(path).partition(".")[0]
    for line, imported in imports(path):
        where = f"{path.relative_to(ROOT)}:{line} imports {imported}"
        if any(
            is_within(imported, library) and top not in homes for library, homes in HOMES.items()
        ):
            yield where
        if is_within(imported, "pandas") and top in WITHOUT_PANDAS:
            yield where
        first = imported.partition(".")[0]
        if top == "stats" and first not in STATS_LIBRARIES | sys.stdlib_module_names | {
            "workbench"
        }:
            yield where


def test_heavy_libraries_stay_where_they_belong():
    assert sorted({wrong for path in MODULES for wrong in misplaced_libraries(path)}) == []


def test_import_workbench_imports_the_standard_library_only():
    script = (
        "import sys; old = set(sys.modules); import workbench; print(*(set(sys.modules) - old))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    imported = {name.partition(".")[0] for name in ran.stdout.split()}
    assert "workbench" in imported
    assert imported - {"workbench"} <= sys.stdlib_module_names


PUBLIC_MODULES = {"figures", "filters", "labels", "stats", "testing"}


def test_no_module_is_named_like_a_public_name():
    direct = {name for name in NAMES if "." not in name}
    assert sorted(direct & (set(workbench.__all__) - PUBLIC_MODULES)) == []


def test_the_public_names_are_told_to_type_checkers_and_to_python_alike():
    tree = ast.parse((ROOT / "workbench/__init__.py").read_text("utf-8"))
    shown = [node for node in tree.body if isinstance(node, ast.If)]
    to_checkers = {
        alias.name
        for node in ast.walk(shown[0])
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(to_checkers) == sorted(workbench.__all__)
    assert sorted({*workbench._HOME_OF, *workbench._MODULES}) == sorted(workbench.__all__)


def test_every_public_name_exists_and_is_explained():
    assert [name for name in workbench.__all__ if not getattr(workbench, name).__doc__] == []


def functions_of(path):
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [each for each in found if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]


def too_long(path):
    shown = path.relative_to(ROOT)
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > LONGEST_MODULE:
        yield str(shown), lines
    for node in functions_of(path):
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > LONGEST_FUNCTION:
            yield f"{shown}:{node.name}", length


def nodes(function):
    return sum(not isinstance(node, ast.expr_context) for node in ast.walk(function))


def test_no_function_is_too_dense():
    counted = {
        f"{path.relative_to(ROOT)}:{each.name}": nodes(each)
        for path in MODULES
        for each in functions_of(path)
    }
    assert {name: count for name, count in counted.items() if count > MOST_NODES} == {}


def test_no_module_and_no_function_is_too_long():
    found = dict(pair for path in CODE for pair in too_long(path))
    assert found == {}


def test_most_functions_are_short():
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1 for path in MODULES for node in functions_of(path)
    )
    assert lengths[len(lengths) // 2] <= 10
    assert lengths[len(lengths) * 9 // 10] <= 25


def test_tests_use_no_mocks():
    assert [
        str(path) for path in CODE for _, name in imports(path) if is_within(name, "unittest.mock")
    ] == []


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
class TestNotebook:
    @pytest.mark.skipif(
        not IN_GIT, reason="needs a git checkout: whoever works in notebooks leaves outputs there"
    )
    def test_lies_stripped_in_git(self, path):
        shown = subprocess.run(
            ["git", "show", f":notebooks/{path.name}"], cwd=ROOT, capture_output=True, check=True
        )
        notebook = json.loads(shown.stdout)
        assert not notebook["metadata"].keys() & {"papermill", "widgets"}
        for cell in notebook["cells"]:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None
            assert not cell["metadata"].keys() & {"papermill", "execution"}

    def test_begins_with_its_title(self, path):
        first = cells(path)[0]
        assert first["cell_type"] == "markdown"
        assert "".join(first["source"]).startswith("# ")

    def test_says_in_its_first_cell_what_it_takes_and_of_which_notebook_before(self, path):
        first = "".join(cells(path)[0]["source"])
        before = {each.stem for each in NOTEBOOKS if each.stem < path.stem}
        assert re.search(r"\btakes\b", first)
        assert before == set() or set(re.findall(r"\((\w+)\.ipynb\)", first)) & before

    def test_has_one_parameters_cell_of_explained_values(self, path):
        (cell,) = (cell for cell in cells(path) if "parameters" in cell["metadata"].get("tags", []))
        for line in "".join(cell["source"]).splitlines():
            assert re.fullmatch(r"\w+ = \S.*  # \S.*", line), (
                f"not `name = value  # meaning`: {line}"
            )

    def test_holds_thin_cells_only(self, path):
        for cell in cells(path):
            source = "".join(cell["source"])
            if cell["cell_type"] != "code" or "parameters" in cell["metadata"].get("tags", []):
                continue
            assert len(source.splitlines()) <= LONGEST_CELL, source
            assert not re.search(
                r"^\s*(def|class|try|with open)\b|\bprint\(|os\.path|Path\(", source, re.M
            ), source
