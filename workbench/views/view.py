"""What every view shares: a twin that needs nothing, and a widget where there is a front end."""

import asyncio
import threading
import uuid
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError, Future
from typing import Any

from workbench.errors import WorkbenchError
from workbench.page.frame import render
from workbench.page.markup import Html
from workbench.printing import printed
from workbench.sections.style import view_style

WIDGET = "application/vnd.jupyter.widget-view+json"


@printed
class View:
    """A noun on show.

    Subclasses say `twin` (HTML that needs no kernel) and, where there is something to do, `live`
    (HTML with controls) and `on_<name>(argument, values)` for each `data-do="<name>"` in it: such a
    method calls one public verb and redraws. Front ends call from the cell's thread or from
    another, so handlers take turns.
    """

    interactive = True

    def __init__(self, title: str) -> None:
        self.id = f"wb-{uuid.uuid4().hex[:12]}"
        self._title = title
        self._turn = threading.RLock()
        self._widget: Any = None
        self._tasks: set[Future[Any]] = set()
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()  # the cell's
        except RuntimeError:
            self._loop = None

    def twin(self) -> Html:
        raise NotImplementedError

    def live(self) -> Html:
        return self.twin()

    def __repr__(self) -> str:
        return self._title

    def static(self) -> dict[str, str]:
        """The twin as notebooks keep it."""
        page = render("views/twin.html", id=self.id, style=view_style(), twin=self.twin())
        return {"text/html": str(page), "text/plain": repr(self)}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Widget, HTML and plain text in one; a front end shows the first that it can."""
        return {**self.static(), **self._reference()} if self.interactive else self.static()

    def _ipython_display_(self) -> None:
        """In a notebook the twin is an output of its own, which the widget hides once the kernel
        has answered.

        A front end that cannot reach the widget, such as JupyterLab with a notebook of yesterday,
        would show an error in its place and never fall back to the HTML beside it.
        """
        from IPython.display import display

        display(self.static(), raw=True, display_id=self.id)
        if self.interactive:
            display({**self._reference(), "text/html": "", "text/plain": ""}, raw=True)

    def keep(self) -> None:
        """Replace the twin that the notebook keeps."""
        from IPython.display import update_display

        update_display(self.static(), raw=True, display_id=self.id)

    def _reference(self) -> dict[str, Any]:
        return {WIDGET: {"version_major": 2, "version_minor": 0, "model_id": self.widget.model_id}}

    @property
    def widget(self) -> Any:
        """The widget, made when first shown. It holds no content: the front end asks for it, so
        notebooks keep none.
        """
        if self._widget is None:
            from workbench.views.widget import make_widget

            self._widget = make_widget(self.id, self._receive)
        return self._widget

    def _receive(self, widget: Any, message: Mapping[str, Any], buffers: Any = None) -> None:
        """Answer an event of the front end; an error is shown in the view, and one of ours is
        logged as well.
        """
        with self._turn:
            try:
                self.answer(message["do"], message.get("argument"), message.get("values", {}))
            except WorkbenchError as error:
                self.say(str(error))
            except Exception as error:
                self.say(f"{type(error).__name__}: {error}")
                raise

    def answer(self, do: str, argument: Any, values: Mapping[str, Any]) -> None:
        """What follows from one event."""
        handler: Callable[[Any, Mapping[str, Any]], None] = getattr(self, f"on_{do}")
        handler(argument, values)

    def on_show(self, argument: Any, values: Mapping[str, Any]) -> None:
        """A front end has opened the view, or opened it again."""
        self.send({"html": str(self.live())})

    def redraw(self, parts: Mapping[str, Html]) -> None:
        """Replace the elements marked `data-part`."""
        self.send({"parts": {name: str(part) for name, part in parts.items()}})

    def say(self, text: str) -> None:
        """Show a sentence in the view."""
        self.send({"say": text})

    def send(self, message: Mapping[str, Any]) -> None:
        if self._widget is not None:
            self._widget.send(message)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let the cell's loop do work that waits; its error is shown in the view."""
        if self._loop is None:
            work.close()
            raise WorkbenchError(
                "this view was made where nothing can wait: show it from a notebook cell"
            )
        task = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: Future[Any]) -> None:
        self._tasks.discard(task)
        try:
            task.result()
        except CancelledError:
            self.say("Cancelled. What was done is kept.")
        except WorkbenchError as error:
            self.say(str(error))
        except Exception as error:
            self.say(f"{type(error).__name__}: {error}")
            raise


class Still(View):
    """A noun on show with which there is nothing to do."""

    interactive = False

    def __init__(self, title: str, piece: Html) -> None:
        super().__init__(title)
        self.piece = piece

    def twin(self) -> Html:
        return self.piece
