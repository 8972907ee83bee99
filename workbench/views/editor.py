"""The editor: messages, what becomes of them for an example, what changed, a try on a few, and save
as a variant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from workbench.critics.verdict import Critic
from workbench.datasets import Example
from workbench.datasets.dataset import holds_back
from workbench.errors import PromptError, WorkbenchError
from workbench.files import shown_path
from workbench.models.catalogue import model
from workbench.models.model import Model
from workbench.page import words
from workbench.page.frame import render
from workbench.page.markup import Html, clipped, html
from workbench.prompts import Message, Prompt, load_prompts
from workbench.runs import Run, quote, run, unwatched
from workbench.runs.heldout import hidden
from workbench.sections import matrix
from workbench.sections import prompt as pieces
from workbench.sections.grid import Grid, Judge, gold_of
from workbench.store import Store
from workbench.views import draft, past_texts
from workbench.views.view import View

ROLES = ("system", "user", "assistant", "developer")
TRIED = 5  # examples of a try: enough to find faults, too few to measure
LONG = 40  # letters of a name on a button
MOST_CHOICES = 200  # examples to choose from
LEFT = "What was typed before this cell ran again is not saved. Take this text puts it back."


@dataclass(frozen=True)
class Bench:
    """What a prompt is tried with."""

    examples: Sequence[Example] = ()
    models: tuple[Model, ...] = ()
    critics: tuple[Critic, ...] = ()


class Editor(View):
    """A prompt on show, to be edited."""

    def __init__(self, prompt: Prompt, bench: Bench) -> None:
        super().__init__(f"Prompt {draft.title(prompt)}")
        self.saved, self.bench = prompt, bench
        self.messages = prompt.messages
        self.index = 0  # of the chosen example
        self.left = past_texts.unsaved(prompt)
        self.against = next(iter(self.left), prompt.name)
        self.name = draft.next_name(prompt)
        self.kept: dict[tuple[Message, ...], str] = {}  # what was saved, and as which variant
        self.note = LEFT if self.left else ""  # what the last save or try came to
        self.tried: Run | None = None
        self._store: Store | None = None

    @property
    def edited(self) -> Prompt:
        """The prompt as it stands; PromptError where it is none."""
        return replace(
            self.saved, name=f"{self.saved.name} edited", messages=self.messages, path=None
        )

    @property
    def example(self) -> Example | None:
        return self.bench.examples[self.index] if self.bench.examples else None

    @property
    def few(self) -> Sequence[Example]:
        """The examples of a try: from the chosen one on."""
        start = max(0, min(self.index, len(self.bench.examples) - TRIED))
        return self.bench.examples[start : start + TRIED]

    @property
    def store(self) -> Store:
        self._store = self._store or Store()
        return self._store

    # --- HTML

    def twin(self) -> Html:
        return render(
            "views/editor_twin.html",
            title=draft.title(self.saved),
            beside=self.saved.description,
            messages=pieces.templates(self.edited),
            variables=self._variables(),
            example=self.example,
            preview=self._preview(),
            price=self._price(),
        )

    def live(self) -> Html:
        examples = self.bench.examples[:MOST_CHOICES]
        return render(
            "views/editor.html",
            title=draft.title(self.saved),
            state=self._state(),
            messages=self._messages(),
            variables=self._variables(),
            examples=[_choice(example) for example in examples],
            chosen=self.index,
            preview=self._preview(),
            price=self._price(),
            variants=self._variants(),
            difference=self._difference(),
            tried=self._tried(),
            bench=pieces.bench(self.edited, self.bench.models),
            few=words.count(len(self.few), "example") if self.bench.models and self.few else "",
            name=self.name,
            save=self._save(),
            note=self.note,
        )

    def _messages(self) -> Html:
        return render("views/messages.html", messages=self.messages, roles=ROLES)

    def _state(self) -> str:
        change, _ = pieces.change(self.saved, self.edited)
        released = f" {self.saved.name} is released and stays as it is."
        kept = released if draft.is_released(self.saved) else ""
        if self.edited.messages == self.saved.messages:
            return f"as saved.{kept}"
        name = self.kept.get(self.messages)
        return f"{change}, {f'saved as {name}' if name else 'not saved'}.{kept}"

    def _variables(self) -> Html:
        return pieces.variables(self.edited, self.bench.examples)

    def _preview(self) -> Html:
        """The rendered messages, or why there are none."""
        if not self.example:
            return html("")
        try:
            return pieces.preview(self.edited, self.example)
        except PromptError as error:
            return html('<p class="look">{}</p>', error)

    def _price(self) -> Html:
        if not self.example:
            return html("")
        given = self.edited, self.bench.examples, self.example
        try:
            text = [pieces.tokens(self.edited, self.example)]
            text += [pieces.price(*given, model, self.store) for model in self.bench.models[:1]]
        except PromptError:
            return html("")  # the preview says why
        return html('<p class="vars">{}</p>', " · ".join(text))

    def _siblings(self) -> dict[str, Prompt]:
        """The saved variants of the same folder, this one first."""
        folder = self.saved.path.parent if self.saved.path else None
        others = load_prompts(folder) if folder and folder.is_dir() else []
        saved = {self.saved.name: self.saved} | {prompt.name: prompt for prompt in others}
        return saved | self.past

    @cached_property
    def past(self) -> dict[str, Prompt]:
        """The texts that this prompt had when it was run, by when."""
        return self.left | past_texts.texts_of(self.saved, self.store)

    def _variants(self) -> Html:
        return render("views/options.html", names=self._siblings(), chosen=self.against)

    def _difference(self) -> Html:
        change, lines = pieces.change(self._siblings().get(self.against, self.saved), self.edited)
        if not lines:
            return html('<p class="q">{}.</p>', change.capitalize())
        return html('<div class="diff text">{}</div>', lines)

    def _save(self) -> Html:
        name = f"{self.name[:LONG]}…" if len(self.name) > LONG else self.name
        path = shown_path(draft.home(self.saved) / f"{name}.prompty")
        return render("views/save.html", name=name, path=path)

    def _tried(self) -> Html:
        if self.tried is None:
            return html("")
        grid, judges = Grid.of(self.tried), Judge.all_of(self.tried)
        judge, lines = next(iter(judges), None), range(len(grid.lines))
        right = matrix.rights(
            self.tried, matrix.examples_of(self.tried, grid, lines), gold_of(self.tried)
        )
        cells = [matrix.cells(self.tried, grid.rows(line), judge) for line in lines]
        return render(
            "views/tried.html",
            tried=words.count(len(lines), "example"),
            find=words.numbered(len(lines), "example"),
            names=grid.names,
            rows=list(zip(grid.titles, right, cells, strict=True)),
            expects=any(right),
        )

    # --- what the front end asks for

    def _read(self, values: Mapping[str, Any]) -> None:
        """Take over what stands in the boxes."""
        count = sum(name.startswith("text") for name in values)
        self.messages = (
            tuple(Message(values[f"role{i}"], values[f"text{i}"]) for i in range(count))
            or self.messages
        )
        self.index = int(values.get("example", self.index))
        self.against, self.name = (
            values.get("against", self.against),
            values.get("name", self.name).strip(),
        )

    def on_edit(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._read(values)
        self._redraw()

    def _redraw(self) -> None:
        """Everything that follows from the text; a prompt that cannot be used says why in place of
        the preview.
        """
        parts: dict[str, Html] = {}
        try:
            is_saved = self.messages in (self.saved.messages, *self.kept)
            past_texts.remember(self.saved, self.edited, is_saved=is_saved)
            parts |= {"state": html("{}", self._state()), "variables": self._variables()}
            parts |= {
                "difference": self._difference(),
                "preview": self._preview(),
                "price": self._price(),
            }
        except PromptError as error:  # a template that is none
            why, place = (
                html('<p class="look">{}</p>', error),
                "preview" if self.example else "difference",
            )
            parts |= {"state": html("not saved: it is no prompt yet."), "difference": html("")}
            parts |= {"price": html(""), place: why}
        self.redraw(parts)

    def on_step(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._read(values)
        self.index = (self.index + int(argument)) % min(len(self.bench.examples), MOST_CHOICES)
        self.send({"set": {"example": str(self.index)}})
        self._redraw()

    def on_add(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._read(values)
        role = "assistant" if self.messages[-1].role == "user" else "user"
        self.messages = (*self.messages, Message(role, ""))
        self.redraw({"messages": self._messages()})

    def on_remove(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._read(values)
        self.messages = tuple(
            message for i, message in enumerate(self.messages) if i != int(argument)
        )
        self.redraw({"messages": self._messages()})
        self._redraw()

    def on_take(self, argument: Any, values: Mapping[str, Any]) -> None:
        """Put the chosen text into the boxes; what stood there joins the menu."""
        self._read(values)
        chosen = self._siblings().get(self.against, self.saved)
        if chosen.messages != self.messages:
            self.past[past_texts.aside(self.past)] = self.edited
            self.messages = chosen.messages
        note = html("{}", past_texts.left_out(self.saved, chosen))
        self.redraw({"messages": self._messages(), "variants": self._variants(), "note": note})
        self._redraw()

    def on_name(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._read(values)
        self.redraw({"save": self._save()})

    def on_save(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._read(values)
        edited = self._usable()
        self.note = draft.save(edited, draft.home(self.saved), self.name)
        self.kept[self.messages] = self.name
        self.name = draft.next_name(self.saved)
        self.say("")
        self.send({"set": {"name": self.name}})
        self.redraw(
            {"note": html("{}", self.note), "save": self._save(), "variants": self._variants()}
        )
        self._redraw()

    def _usable(self) -> Prompt:
        """The prompt as it stands; where it is none, the preview says why, and once is enough."""
        try:
            return self.edited
        except PromptError:
            if not self.example:
                raise
            self._redraw()
            raise PromptError(
                "This is no prompt yet: what is wrong stands in place of the preview."
            ) from None

    def on_try(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._read(values)
        edited = self._usable()
        few = self.few if argument != "one" or self.example is None else [self.example]
        asked = quote(
            [self.saved, edited], few, self.bench.models, self.bench.critics, store=self.store
        )
        cost = words.money(asked.likely_cost) or "price unknown"
        self.redraw(
            {"note": html("Trying: {}, likely {}.", words.count(asked.calls, "call"), cost)}
        )
        self.start(self._try(edited, few))

    async def _try(self, edited: Prompt, few: Sequence[Example]) -> None:
        bench = self.bench
        with unwatched():
            self.tried = await run(
                [self.saved, edited], few, bench.models, bench.critics, store=self.store
            )
        self.redraw({"tried": self._tried(), "note": html("")})

    def say(self, text: str) -> None:
        super().say(text)
        if text:
            self.redraw({"note": html("")})


def bench(things: Sequence[Any]) -> Bench:
    """Examples, models and critics however they were given; without a model the role `actor`, where
    there is one.
    """
    examples: Sequence[Example] = ()
    models: list[Model] = []
    critics: list[Critic] = []
    for thing in things:
        several = list(thing) if isinstance(thing, Sequence) else [thing]
        if several and isinstance(several[0], Example):
            examples = _to_read(thing)
        elif several and isinstance(several[0], Model):
            models += several
        elif several and all(hasattr(each, "verdict") for each in several):
            critics += several
        else:
            wrong = type(thing).__name__
            raise TypeError(
                f"beside a prompt, show takes examples, models and critics, not {wrong}"
            )
    return Bench(examples, tuple(models or actor()), tuple(critics))


def _to_read(examples: Sequence[Example]) -> Sequence[Example]:
    """The examples, where they may be read."""
    if holds_back(examples):
        raise hidden("the editor")
    return examples


def actor() -> list[Model]:
    """The model with the role `actor`, where there is one."""
    try:
        return [model("actor")]
    except WorkbenchError:
        return []


def _choice(example: Example) -> str:
    """An example in a list of them: its id and its first tag."""
    return clipped(" · ".join([example.id, *list(example.tags.values())[:1]]), 48)
