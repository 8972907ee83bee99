"""The files that the workbench ships: a project is begun with them, anywhere."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.files import write_whole

MODELS = "models.yaml"
TASKS = (
    "notebooks/[0-7]_*.ipynb", "prompts/triage/requirements.yaml",
    "prompts/triage/v[123].prompty", "prompts/digest/v[123].prompty",
    "prompts/critics/faithful.prompty", "prompts/critics/helpful.prompty",
    "prompts/critics/right_label.prompty", "prompts/critics/answers.prompty",
    "prompts/critics/grounded.prompty",
    "prompts/letters/*.prompty", "prompts/letters/requirements.yaml",
    "datasets/triage.*", "datasets/digest.*", "datasets/letters.*", "datasets/unwanted.*",
)  # fmt: skip
WORKFLOWS = {  # what `init --workflow` writes, and where its host reads it
    "github": ".github/workflows/prompts.yml",
    "github-live": ".github/workflows/prompts.yml",
    "gitlab": ".gitlab-ci.yml",
    "azure": "azure-pipelines.yml",
    "jenkins": "Jenkinsfile",
}
BESIDE = {  # written where nothing of that name is there
    ".gitignore": ".workbench/\n.ipynb_checkpoints/\n/gate/\n",  # where jobs leave what they found
    # two branches that both recorded: the lines of both, and `record --base` brings them in order
    ".gitattributes": "recordings/*.jsonl merge=union\n",
}


USUAL = ("main", "master", "trunk", "develop")  # names of the branch that others are merged into


def shipped() -> Path:
    """The folder with the shipped project: in the installed package, else the checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "project"
    return installed if installed.is_dir() else package.parent


def begin(folder: Path, *, empty: bool = False) -> list[Path]:
    """Write a project's first files and return their paths: models.yaml alone, or with the two
    tasks; WorkbenchError where one exists, and nothing is touched.
    """
    texts = dict(_files(empty=empty))
    taken = next((name for name in texts if (folder / name).exists()), "")
    if taken:
        raise WorkbenchError(
            f"{taken} exists already in {folder}: begin in another folder, nothing was written"
        )
    texts |= {name: text.encode() for name, text in BESIDE.items() if not (folder / name).exists()}
    return [write_whole(folder / name, text) for name, text in texts.items()]


def add_workflow(folder: Path, kind: str) -> Path:
    """Write the ready workflow of a kind into a project, for GitHub one to each project at the root
    of their repository, and return its path; WorkbenchError where one is there.
    """
    (ready,) = (shipped() / "docs" / "workflows").glob(f"{kind}.*")
    text, branch, name = ready.read_text("utf-8"), _default_branch(folder), WORKFLOWS[kind]
    part, home = part_of(folder), folder
    if part and kind.startswith("github"):
        text, home = _in_part(text, part), Path(str(folder).removesuffix(part))
        plain = re.sub(r"[^\w.-]+", "-", part)
        name = name.replace(".yml", f"-{plain}.yml")
    if (home / name).exists():
        raise WorkbenchError(
            f"{name} exists already: put the job of docs/workflows/{ready.name} into it"
        )
    named = "[main]" if branch == "main" else f"[{json.dumps(branch)}]"
    return write_whole(home / name, text.replace("[main]", named))


def part_of(folder: Path) -> str:
    """A folder from the root of its repository; empty where it is that."""
    above = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    return folder.relative_to(above).as_posix() if above != folder else ""


def _in_part(text: str, part: str) -> str:
    """GitHub's workflow of a project in a folder: its gate runs and leaves what it does there, and
    is called so, for a branch is protected by the names of jobs.
    """
    runs = f"  gate:\n    name: {_quoted(f'gate of {part}')}\n"
    runs += f"    defaults: {{run: {{working-directory: {_quoted(part)}}}}}\n"
    text = text.replace("  gate:\n", runs, 1)
    text = text.replace("name: prompts\n", f"name: {_quoted(f'prompts of {part}')}\n", 1)
    return re.sub(
        r"path: (gate/|\.workbench/[\w.*]+)", lambda f: f"path: {_quoted(f'{part}/{f[1]}')}", text
    )


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _default_branch(folder: Path) -> str:
    """The branch that others are merged into, as git knows it; main where it knows none."""
    if cloned := _git(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD"):
        return cloned.removeprefix("origin/")
    there = _git(folder, "for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
    usual = [name for name in USUAL if name in there]
    return usual[0] if usual else _git(folder, "symbolic-ref", "--short", "HEAD") or "main"


def _git(folder: Path, *arguments: str) -> str:
    """What git answers; empty where it refuses."""
    with suppress(OSError, subprocess.SubprocessError):
        asked = {"cwd": folder, "capture_output": True, "timeout": 60, "check": True}
        said = subprocess.run(["git", *arguments], **asked).stdout
        return said.decode("utf-8", "replace").strip()
    return ""


def _files(*, empty: bool) -> Iterator[tuple[str, bytes]]:
    home = shipped()
    for pattern in (MODELS, *(() if empty else TASKS)):
        for path in sorted(home.glob(pattern)):
            yield path.relative_to(home).as_posix(), path.read_bytes()
