"""A project in a repository, with a notebook that gates, for tests of two revisions."""

import json
import subprocess

from test_gate_files import RULES, answer, notebook
from typed import command

CELLS = [
    'task = "notes"  # the task\nfolder = ""  # of the prompts\nactor = "actor"  # model\n'
    'beside = ""  # a second model\nbaseline = "v1"  # to beat\nlimit = 40  # examples\n'
    'variant = ""  # who is gated\nrequirements = ""  # what must be met',
    "import workbench as wb\n"
    'prompts = wb.load_prompts(folder or f"prompts/{task}")\n'
    'examples = wb.load_examples(f"datasets/{task}.jsonl", limit=limit)\n'
    "actors = [wb.model(actor)] + ([wb.model(beside)] if beside else [])\n"
    "run = await wb.run(prompts, examples, actors, [wb.Exact()])\n"
    'choice = wb.compare(run, "exact", baseline=baseline)\n'
    "checked = await wb.settle(requirements, choice, variant=variant or None)\n"
    "wb.report(choice, requirements=checked)",
]
PROMPT = "---\nname: {0}\n---\nuser:\n{{{{ text }}}} {1}\n"


def git(folder, *arguments):
    named = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *named, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder, message="work"):
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def write_prompt(folder, name, text):
    path = folder / "prompts/notes" / f"{name}.prompty"
    path.write_text(PROMPT.format(name, text))
    return path


def repository(folder, server=None):
    """60 notes, two prompts and a gate, committed as main."""
    for name in ("prompts/notes", "datasets", "notebooks"):
        (folder / name).mkdir(parents=True)
    write_prompt(folder, "v1", "")
    write_prompt(folder, "v2", "!")
    rows = ({"id": f"n{n}", "inputs": {"text": f"Note {n}"}, "expected": "ok"} for n in range(60))
    (folder / "datasets/notes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "prompts/notes/requirements.yaml").write_text(RULES)
    (folder / "notebooks/gate.ipynb").write_text(notebook(*CELLS))
    (folder / ".gitignore").write_text(".workbench/\nout/\n")
    if server:
        server.models_file(folder / "models.yaml", "actor")
    else:
        (folder / "models.yaml").write_text("models: {actor: {server: embedded}}\n")
    git(folder, "init", "-q")
    commit(folder, "base")
    return folder


__all__ = ["CELLS", "answer", "command", "commit", "git", "repository", "write_prompt"]
