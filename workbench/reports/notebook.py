"""An executed notebook as a one-file page: words, code folded away, and what came out."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.files import write_whole
from workbench.page.frame import as_json, asset, pack, page, render
from workbench.page.markup import Html, clipped, html, visible, without_ansi
from workbench.page.sanitise import sanitised
from workbench.secrets import redact
from workbench.sections.marks import DARK
from workbench.sections.style import SECTIONS, view_style

PLOTLY = "application/vnd.plotly.v1+json"
SCROLLS_FROM = 1500  # characters of a text output that may scroll in its box
LONGEST = 100_000  # characters of one text output; the notebook holds the rest


def notebook_page(executed: str | Path, html_path: str | Path) -> Path:
    """Write an executed notebook as a page that requests nothing and runs only its own scripts, and
    where it is.

    HTML outputs are taken apart and only harmless elements put together again; Plotly figures are
    drawn by a Plotly that the page carries. Keys of the environment are taken out.
    """
    notebook = json.loads(redact(Path(executed).read_text("utf-8")))
    figures: list[Any] = []
    cells = [_cell(cell, figures) for cell in notebook["cells"]]
    title = _title(notebook["cells"]) or Path(executed).stem
    body = render(
        "reports/notebook.html", cells=[cell for cell in cells if cell], name=Path(executed).name
    )
    return write_whole(Path(html_path), _page(title, body, figures))


def _page(title: str, body: Html, figures: Sequence[Any]) -> str:
    own = [asset(name) for name in ("reports/report.css", SECTIONS)]
    styles = [*own, str(view_style()), asset("reports/notebook.css")]
    scripts = [asset("page/dom.js"), asset("page/page.js")]
    if not figures:
        return page(title, body, styles=styles, scripts=scripts)
    plotly = plotly_script()
    data = {
        "figures": pack(as_json({"figures": as_json(figures), "dark": DARK})),
        "plotly": pack(plotly),
    }
    scripts.append(asset("reports/figures.js"))
    return page(
        title,
        body,
        styles=styles,
        scripts=scripts,
        data=data,
        late_scripts=[plotly],
        inline_styles=True,
    )


def plotly_script() -> str:
    """plotly.js as the plotly package carries it."""
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def _title(cells: Sequence[Mapping[str, Any]]) -> str:
    """The first heading."""
    for cell in cells:
        if cell["cell_type"] == "markdown" and (
            found := re.search(r"^#+ +(.+)$", _text(cell["source"]), re.MULTILINE)
        ):
            return visible(found[1].strip())
    return ""


def _text(source: str | Sequence[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _cell(cell: Mapping[str, Any], figures: list[Any]) -> dict[str, Any] | None:
    source = _text(cell["source"])
    if cell["cell_type"] == "markdown":
        return {"kind": "words", "body": _markdown(source, cell.get("attachments", {}))}
    if cell["cell_type"] != "code" or not source.strip():
        return None
    outputs = [shown for output in cell["outputs"] if (shown := _output(output, figures))]
    first = next(line for line in source.splitlines() if line.strip())
    tags = cell["metadata"].get("tags", ())
    titles = {"parameters": "Parameters", "injected-parameters": "Parameters of this run"}
    title = next((titles[tag] for tag in tags if tag in titles), "")
    return {
        "kind": "code",
        "source": source,
        "first": clipped(first, 90),
        "outputs": outputs,
        "title": title,
    }


def _markdown(source: str, attachments: Mapping[str, Mapping[str, str]]) -> Html:
    """Markdown through mistune with raw HTML escaped, then through the same sieve as any other
    HTML.
    """
    import mistune

    for name, bundle in attachments.items():
        for kind, data in bundle.items():
            source = source.replace(f"(attachment:{name})", f"(data:{kind};base64,{_text(data)})")
    renderer = mistune.HTMLRenderer(escape=True)
    made = mistune.create_markdown(renderer=renderer, plugins=["table", "strikethrough"])(source)
    return sanitised(str(made))


def _output(output: Mapping[str, Any], figures: list[Any]) -> Html | None:
    kind = output["output_type"]
    if kind == "stream":
        css = "out" if output["name"] == "stdout" else "out err"
        return _pre(css, _text(output["text"]))
    if kind == "error":
        return _error(output)
    return _shown(output.get("data", {}), figures)


def _pre(css: str, text: str) -> Html | None:
    text = without_ansi(_last_lines(text)).strip("\n")
    cut = (
        f"{text[:LONGEST]}\n… {len(text) - LONGEST:,} more characters in the notebook"
        if len(text) > LONGEST
        else text
    )
    if not text:
        return None
    reach = (
        html(' tabindex="0"') if len(text) > SCROLLS_FROM else ""
    )  # a box that scrolls must be within reach of keys
    return html('<pre class="{}"{}>{}</pre>', css, reach, cut)


def _last_lines(text: str) -> str:
    """What a terminal would show where a line was rewritten with carriage returns."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def _error(output: Mapping[str, Any]) -> Html:
    said = without_ansi(f"{output['ename']}: {output['evalue']}").strip(": ")
    trace = without_ansi("\n".join(output["traceback"]))
    return html(
        '<div class="failed"><p><b>This cell failed.</b> {}</p>'
        "<details><summary>Where it happened</summary><pre>{}</pre></details></div>",
        clipped(said, 2000),
        trace,
    )


def _shown(data: Mapping[str, Any], figures: list[Any]) -> Html | None:
    """One output in the best form that is safe to show."""
    if PLOTLY in data:
        figures.append({"layout": {}, "config": {}} | data[PLOTLY])
        return html('<div class="figure" data-figure="{}"></div>', len(figures) - 1)
    if "text/html" in data:
        shown = sanitised(_text(data["text/html"]))
        return html('<div class="rich">{}</div>', shown) if shown.strip() else None
    for kind in ("image/png", "image/jpeg", "image/gif"):
        if kind in data:
            alt = _text(data.get("text/plain", "")) or "a picture that this cell made"
            return html(
                '<img src="data:{};base64,{}" alt="{}">',
                kind,
                re.sub(r"[^\w+/=]", "", _text(data[kind])),
                alt,
            )
    if "text/markdown" in data:
        return html('<div class="rich">{}</div>', _markdown(_text(data["text/markdown"]), {}))
    return _pre("out", _text(data.get("text/plain", "")))
