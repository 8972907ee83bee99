"""The editor: messages, what becomes of them for an example, what changed, a try on a few, and save
as a variant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench.critics.verdict import Critic
from workbench.datasets import Example
from workbench.errors import PromptError, WorkbenchError
from workbench.models.model import Model
from workbench.prompts import Message, Prompt, load_prompts
from workbench.runs import Run, quote, run, unwatched
from workbench.store import Store
from workbench.page import words
from workbench.views import draft
from workbench.sections.grid import Grid, Judge, figure, headline, mark
from workbench.page.markup import Html, clipped, html, joined
from workbench.views.view import View

SELECTED = Html(" selected")
ROLES = ("system", "user", "assistant", "developer")
TRIED = 5  # examples of a try: enough to find faults, too few to measure
MOST_CHOICES = 200  # examples to choose from


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
        self.place = 0  # of the chosen example
        self.against = prompt.name
        self.name = draft.next_name(prompt)
        self.kept: dict[
            tuple[Message, ...], str
        ] = {}  # what was saved from here, and as which variant
        self.note = ""  # what the last save or try came to
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
        return self.bench.examples[self.place] if self.bench.examples else None

    @property
    def few(self) -> Sequence[Example]:
        """The examples of a try: from the chosen one on."""
        start = max(0, min(self.place, len(self.bench.examples) - TRIED))
        return self.bench.examples[start : start + TRIED]

    @property
    def store(self) -> Store:
        self._store = self._store or Store()
        return self._store

    # --- HTML

    def twin(self) -> Html:
        said = '<p class="speaker">{}:</p><p class="text" dir="auto">{}</p>'
        body = joined(html(said, message.role, message.template) for message in self.messages)
        rendered = (
            html(
                '<div><h4>Rendered for {}</h4><div class="preview">{}</div>{}</div>',
                self.example.id,
                self._preview(),
                self._price(),
            )
            if self.example
            else ""
        )
        return html(
            '<div class="head"><h3>{}</h3><span class="q">{}</span></div><div class="editor"><div><h4>Messages</h4>'
            '<div class="messages">{}</div>{}</div>{}</div>',
            draft.title(self.saved),
            self.saved.description,
            body,
            self._variables(),
            rendered,
        )

    def live(self) -> Html:
        return html(
            '<div data-keys><div class="head"><h3>{}</h3><span class="q" data-part="state">{}</span></div>'
            '<div class="editor"><div><div data-part="messages">{}</div><div data-part="variables">{}</div></div>{}'
            '</div><div class="two"><div><h4>Difference from <select name="against" data-live="edit" '
            'aria-label="Compare with" data-part="variants">{}</select></h4><div data-part="difference">{}</div></div>'
            '<div data-part="tried">{}</div></div>{}</div>',
            draft.title(self.saved),
            self._state(),
            self._messages(),
            self._variables(),
            self._rendered(),
            self._variants(),
            self._difference(),
            self._tried(),
            self._bar(),
        )

    def _rendered(self) -> Html:
        if not self.example:
            return html(
                '<p class="q">Show it with examples to see it rendered: wb.show(prompt, examples).</p>'
            )
        choices = joined(
            html(
                '<option value="{}"{}>{}</option>',
                place,
                SELECTED if place == self.place else "",
                _choice(example),
            )
            for place, example in enumerate(self.bench.examples[:MOST_CHOICES])
        )
        step = '<button type="button" class="b" data-do="step" data-argument="{}" aria-label="{} example">{}</button>'
        return html(
            '<div><div class="role"><label class="q">Rendered for <select name="example" data-live="edit">{}</select>'
            '</label>{}{}</div><div class="preview" data-part="preview" tabindex="0" role="region" '
            'aria-label="Rendered messages">{}</div><div data-part="price">{}</div></div>',
            choices,
            html(step, -1, "Previous", "‹"),
            html(step, 1, "Next", "›"),
            self._preview(),
            self._price(),
        )

    def _messages(self) -> Html:
        return joined(
            self._message(number, message) for number, message in enumerate(self.messages)
        ) + html('<p><button type="button" class="link" data-do="add">Add a message</button></p>')

    def _message(self, number: int, message: Message) -> Html:
        roles = joined(
            html("<option{}>{}</option>", SELECTED if role == message.role else "", role)
            for role in ROLES
        )
        remove = '<button type="button" class="link push" data-do="remove" data-argument="{}">Remove</button>'
        return html(
            '<div class="role"><select name="role{0}" data-live="edit" aria-label="Role of message {1}">{2}</select>'
            "{3}</div>"
            '<textarea name="text{0}" data-live="edit" spellcheck="false" dir="auto" rows="{4}" '
            'aria-label="Message {1}, {5}">\n{6}</textarea>',
            number,
            number + 1,
            roles,
            html(remove, number) if len(self.messages) > 1 else "",
            min(17, message.template.count("\n") + 1 + len(message.template) // 60),
            message.role,
            message.template,
        )

    def _state(self) -> str:
        said, _ = draft.change(self.saved, self.edited)
        kept = (
            f" {self.saved.name} is released and stays as it is."
            if draft.is_released(self.saved)
            else ""
        )
        if said == "no change":
            return f"as saved.{kept}"
        saved = (
            f"saved as {self.kept[self.messages]}" if self.messages in self.kept else "not saved"
        )
        return f"{said}, {saved}.{kept}"

    def _variables(self) -> Html:
        return draft.variables(self.edited, self.bench.examples)

    def _preview(self) -> Html:
        """The rendered messages, or why there are none."""
        if not self.example:
            return html("")
        try:
            return draft.preview(self.edited, self.example)
        except PromptError as error:
            return html('<p class="look">{}</p>', error)

    def _price(self) -> Html:
        if not self.example:
            return html("")
        try:
            said = [draft.tokens(self.edited, self.example)]
            for model in self.bench.models[:1]:
                said.append(
                    draft.price(self.edited, self.bench.examples, self.example, model, self.store)
                )
        except PromptError:
            return html("")  # the preview says why
        return html('<p class="vars">{}</p>', " · ".join(said))

    def _siblings(self) -> dict[str, Prompt]:
        """The saved variants of the same folder, this one first."""
        folder = self.saved.path.parent if self.saved.path else None
        others = load_prompts(folder) if folder and folder.is_dir() else []
        return {self.saved.name: self.saved} | {prompt.name: prompt for prompt in others}

    def _variants(self) -> Html:
        return joined(
            html("<option{}>{}</option>", SELECTED if name == self.against else "", name)
            for name in self._siblings()
        )

    def _difference(self) -> Html:
        said, lines = draft.change(self._siblings().get(self.against, self.saved), self.edited)
        if not lines:
            return html('<p class="q">{}.</p>', said.capitalize())
        return html('<div class="diff text">{}</div>', lines)

    def _bar(self) -> Html:
        trial = '<button type="button" class="b" data-do="try" data-key="Ctrl+Enter">Try on {}<kbd>Ctrl Enter</kbd>'
        return html(
            '<div class="bar">{}<label class="q">Save as <input type="text" name="name" size="8" value="{}" '
            'data-live="name"></label><span data-part="save">{}</span></div><p data-part="note" role="status">{}</p>',
            html(trial + "</button>", words.count(len(self.few), "example"))
            if self.bench.models and self.few
            else "",
            self.name,
            self._save(),
            self.note,
        )

    def _save(self) -> Html:
        path = draft.shown_path(draft.home(self.saved) / f"{self.name}.prompty")
        button = '<button type="button" class="b go" data-do="save">Save variant {}</button>'
        return html(button + ' <span class="q">writes {}</span>', self.name, path)

    def _tried(self) -> Html:
        if self.tried is None:
            return html("")
        grid, judges = Grid.of(self.tried), Judge.all_of(self.tried)
        judge = judges[0] if judges else None
        rows = joined(self._tried_line(grid, line, judge) for line in range(len(grid.lines)))
        head = joined(html('<th scope="col">{}</th>', name) for name in grid.names)
        return html(
            '<h4>Tried on {}</h4><table><thead><tr><th scope="col">Example</th>{}</tr></thead><tbody>{}</tbody></table>'
            '<p class="q small">{} find faults; they do not measure quality.</p>',
            words.count(len(grid.lines), "example"),
            head,
            rows,
            words.numbered(len(grid.lines), "example"),
        )

    def _tried_line(self, grid: Grid, line: int, judge: Judge | None) -> Html:
        assert self.tried is not None
        rows = grid.rows(line)
        first = headline(self.tried.columns["output"][rows[0]])
        cells = joined(_cell(self.tried, row, judge, first) for row in rows)
        return html('<tr><td class="mono">{}</td>{}</tr>', grid.titles[line], cells)

    # --- what the front end asks for

    def _read(self, values: Mapping[str, Any]) -> None:
        """Take over what stands in the boxes."""
        count = sum(name.startswith("text") for name in values)
        self.messages = (
            tuple(Message(values[f"role{i}"], values[f"text{i}"]) for i in range(count))
            or self.messages
        )
        self.place = int(values.get("example", self.place))
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
            parts |= {"state": html("{}", self._state()), "variables": self._variables()}
            parts |= {
                "difference": self._difference(),
                "preview": self._preview(),
                "price": self._price(),
            }
        except PromptError as error:  # a template that is none
            parts |= {"preview": html('<p class="look">{}</p>', error), "price": html("")}
        self.redraw(parts)

    def on_step(self, argument: Any, values: Mapping[str, Any]) -> None:
        self._read(values)
        self.place = (self.place + int(argument)) % min(len(self.bench.examples), MOST_CHOICES)
        self.send({"set": {"example": str(self.place)}})
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
        asked = quote(
            [self.saved, edited], self.few, self.bench.models, self.bench.critics, store=self.store
        )
        cost = words.money(asked.likely_cost) or "price unknown"
        self.redraw(
            {"note": html("Trying: {}, likely {}.", words.count(asked.calls, "call"), cost)}
        )
        self.start(self._try(edited))

    async def _try(self, edited: Prompt) -> None:
        bench = self.bench
        with unwatched():
            self.tried = await run(
                [self.saved, edited], self.few, bench.models, bench.critics, store=self.store
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
            examples = thing
        elif several and isinstance(several[0], Model):
            models += several
        elif several and all(hasattr(each, "verdict") for each in several):
            critics += several
        else:
            raise TypeError(
                f"beside a prompt, show takes examples, models and critics, not {type(thing).__name__}"
            )
    return Bench(examples, tuple(models or _actor()), tuple(critics))


def _actor() -> list[Model]:
    from workbench.models.catalogue import model

    try:
        return [model("actor")]
    except WorkbenchError:
        return []


def _choice(example: Example) -> str:
    """An example in a list of them: its id and its first tag."""
    return clipped(" · ".join([example.id, *list(example.tags.values())[:1]]), 48)


def _cell(run: Run, row: int, judge: Judge | None, first: str) -> Html:
    """An answer of a try with its mark or score; what has neither says why."""
    sign, said = mark(run, row, judge), headline(run.columns["output"][row])
    if isinstance(sign, str):
        why = run.columns["error"][row] or (
            run.columns[f"{judge.name}.reason"][row] if judge else ""
        )
        shown = '<td><span class="uns">{}</span> <span class="q" dir="auto">{}</span></td>'
        return html(shown, sign, clipped(why, 200))
    kind = "" if sign is None else "vd yes" if sign else "vd no"
    score = figure(run, row, judge) if judge and not judge.ticks else ""
    return html(
        '<td><bdi class="{}{}">{}</bdi> <span class="q">{}</span></td>',
        kind,
        " df" if said != first else "",
        clipped(said, 60),
        score,
    )
