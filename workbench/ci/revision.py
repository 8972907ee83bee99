# pyright: strict
"""A revision of the repository that a project lies in, read from git alone: nothing is checked out,
and the working tree is never touched.
"""

import os
import posixpath
import re
import shlex
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workbench import words
from workbench.errors import WorkbenchError
from workbench.files import OWN

LINK, SUBMODULE = "120000", "160000"  # modes of git's entries
MOST_LINKS = 8  # that follow one another
FETCH = (
    "fetch it (`fetch-depth: 0` of actions/checkout, `GIT_DEPTH: 0` on GitLab, else "
    "`git fetch --unshallow`)"
)


@dataclass(frozen=True)
class Revision:
    """A commit, as the project in `folder` sees it; paths count from there, parted by `/`."""

    folder: Path
    commit: str
    asked: str  # as it was named

    @property
    def shown(self) -> str:
        """As people read it: main (1a2b3c4d)."""
        short = self.commit[:8]
        return short if self.commit.startswith(self.asked) else f"{self.asked} ({short})"

    @cached_property
    def entries(self) -> dict[str, tuple[str, str]]:
        """Mode and id of every file, link and submodule; of those outside the folder, which begin
        with `../`, too.
        """
        listed = _git(self.folder, "ls-tree", "-r", "-z", "--full-tree", self.commit)
        found: dict[str, tuple[str, str]] = {}
        for line in listed.split(b"\0")[:-1]:
            head, _, path = line.partition(b"\t")
            mode, _, id = head.decode().split(" ")
            found[self._from_here(path)] = (mode, id)
        return found

    @cached_property
    def changed(self) -> frozenset[str]:
        """The repository's files that are others now, gone or new, but for what git ignores, as
        `entries` names them.
        """
        names = ("diff", "--name-only", "-z", "--no-renames")
        differing = _git(self.folder, *names, self.commit, "--")
        new = ("ls-files", "--others", "--exclude-standard", "--full-name", "-z")
        found = (differing + _git(self.folder, *new)).split(b"\0")[:-1]
        return frozenset(map(self._from_here, found))

    @cached_property
    def links(self) -> frozenset[str]:
        """Links, whose target may be another though they are not."""
        return frozenset(path for path in self.entries if self._mode(path) == LINK)

    def _from_here(self, path: bytes) -> str:
        """A path from the repository's root, as it counts from the project."""
        return posixpath.relpath(os.fsdecode(path), self._place)

    @cached_property
    def _place(self) -> str:
        return place_in_repository(self.folder) or "."

    def refuse_committed_store(self) -> None:
        """Answers in a store that the branch brings would decide in place of the models."""
        if _git(self.folder, "ls-files", "-z", "--", OWN):
            raise WorkbenchError(
                f"{OWN}/ is in git, and answers of its store would decide unasked: "
                f"git rm -r --cached {OWN}"
            )

    def within(self, folder: str, suffix: str) -> list[str]:
        """The paths of files and links that lie in a folder itself, sorted."""
        return sorted(
            path
            for path, (mode, _) in self.entries.items()
            if posixpath.dirname(path) == folder and path.endswith(suffix) and mode != SUBMODULE
        )

    def submodule(self, path: str) -> str:
        """The submodule that a path lies in, or empty."""
        parts = path.split("/")
        above = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
        return next((each for each in above if self._mode(each) == SUBMODULE), "")

    def read(self, path: str) -> str | None:
        """A file's text with plain line ends; None and links as of `content`. WorkbenchError where
        it is not UTF-8.
        """
        content = self.content(path)
        return None if content is None else self._decoded(path, content)

    def content(self, path: str) -> bytes | None:
        """What a file holds, links followed; None where there is none, or its link leads out of the
        project.
        """
        for _ in range(MOST_LINKS):
            if path not in self.entries:
                return None
            mode, id = self.entries[path]
            if mode == SUBMODULE:
                return None
            content = _git(self.folder, "cat-file", "blob", id)
            if mode != LINK:
                return content
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), os.fsdecode(content)))
            if path.startswith("../"):
                return None
        return None

    def _mode(self, path: str) -> str:
        return self.entries.get(path, ("", ""))[0]

    def _decoded(self, path: str, content: bytes) -> str:
        try:
            return plain_lines(content.decode("utf-8"))
        except UnicodeDecodeError:
            raise WorkbenchError(f"{path} at {self.shown} is not UTF-8 text") from None


def place_in_repository(folder: Path) -> str:
    """The folder from the root of its repository, such as `team/shop/`; empty where it is that."""
    try:
        return os.fsdecode(_git(folder, "rev-parse", "--show-prefix").rstrip(b"\n"))
    except WorkbenchError:
        return ""


def plain_lines(text: str) -> str:
    """A text with the line ends of Unix, as prompts are read."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def revision(folder: Path, name: str) -> Revision:
    """Where this branch left the revision of that name: the commit that pull requests are compared
    with. WorkbenchError where git has no such thing here, and what to do.
    """
    if not name or name.startswith("-") or "\0" in name:
        raise WorkbenchError(
            f"--base {name!r}: a revision is a branch, a tag or a commit, such as origin/main; the "
            "event of a scheduled run names none"
        )
    _check_repository(folder)
    if not name.strip("0"):
        raise WorkbenchError(
            f"--base {name}: the host knows no commit before this one, for the branch is new: name "
            "what to hold prompts against, or run it with the next push"
        )
    _check_one_thing(folder, name)
    commit = _asked(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if not commit:
        step = ": fetch it, or where a forced push took it away, name what to hold prompts against"
        raise WorkbenchError(f"git has no commit {name!r} here{_shallow(folder) or step}")
    base = _asked(folder, "merge-base", commit, "HEAD")
    if not base and _shallow(folder):
        what = "what this branch and it have in common is not in this clone"
        raise WorkbenchError(f"{name!r}: {what}{_shallow(folder)}")
    return Revision(folder, base or commit, name)


def _check_one_thing(folder: Path, name: str) -> None:
    """Refuse a name of two things: a tag called `origin/main`, which whoever may push can make, is
    what git would take.
    """
    refs = [f"refs/{kind}/{name}" for kind in ("tags", "heads", "remotes")]
    found = _asked(folder, "for-each-ref", "--format=%(refname)", *refs).splitlines()
    there = [each for each in found if each in refs]
    if len(there) > 1:
        raise WorkbenchError(
            f"--base {name}: git knows {words.listed(there)}: name one of them whole"
        )


def _check_repository(folder: Path) -> None:
    try:
        _git(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    except WorkbenchError as error:
        said = str(error) or "it holds no commit"
        if owned := re.search("dubious ownership in repository at '(.*)'", said):
            # a container's user is another than who cloned
            said += f": git config --global --add safe.directory {shlex.quote(owned[1])}"
        raise WorkbenchError(
            f"{folder} lies in no git repository that can be read: {said}"
        ) from None


def _shallow(folder: Path) -> str:
    """What to do where the clone holds a part of the history alone; else nothing."""
    is_shallow = _asked(folder, "rev-parse", "--is-shallow-repository") == "true"
    return f": the clone is shallow: {FETCH}" if is_shallow else ""


def _asked(folder: Path, *arguments: str) -> str:
    """What git answers on one line; empty where it refuses."""
    try:
        return _git(folder, *arguments).decode("utf-8", "replace").strip()
    except WorkbenchError:
        return ""


def _git(folder: Path, *arguments: str) -> bytes:
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, timeout=120, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WorkbenchError(f"git cannot be asked: {error}") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise WorkbenchError(lines[0] if lines else "")
    return done.stdout
