"""HTML of others made harmless: only listed elements and attributes survive, and all text is
written anew, escaped.
"""

from html.parser import HTMLParser

from workbench.page.markup import Html, html, joined, without_ansi

_WORDS = "a abbr b bdi blockquote br button caption code dd del details div dl dt em figcaption"
_MORE = (
    "figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre s samp section small span strong"
)
_LAST = "sub summary sup table tbody td tfoot th thead tr u ul var"
_DRAWN = "svg g line rect circle path text tspan polyline polygon title ellipse"
ELEMENTS = frozenset(f"{_WORDS} {_MORE} {_LAST} {_DRAWN}".split())
_ACTIVE = "script style template noscript iframe object embed textarea select title head xmp"
DROPPED = frozenset(f"{_ACTIVE} noembed plaintext".split())  # with all that they hold
_EMPTY = "br hr img line rect circle path polyline polygon ellipse"
VOID = frozenset(_EMPTY.split())
_ANY = "class title lang dir colspan rowspan scope role open hidden alt data-l data-tip data-of"
_SVG = "width height x y x1 x2 y1 y2 cx cy r rx ry d points transform viewbox preserveaspectratio"
ATTRIBUTES = frozenset(f"{_ANY} {_SVG} dx dy text-anchor tabindex".split())
SPELLED = {
    "viewbox": "viewBox",
    "preserveaspectratio": "preserveAspectRatio",
}  # SVG's names keep their capitals
IMAGES = (
    "data:image/png;base64,",
    "data:image/jpeg;base64,",
    "data:image/gif;base64,",
    "data:image/webp;base64,",
)


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[Html] = []
        self.open: list[str] = []
        self.dropped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.dropped or (tag in DROPPED and not (tag == "title" and "svg" in self.open)):
            if tag in DROPPED:
                self.dropped.append(tag)
            return
        if tag not in ELEMENTS:
            return
        if tag == "img" and not any(name == "src" and _is_picture(value) for name, value in attrs):
            self.parts.append(
                html("{}", dict(attrs).get("alt") or "")
            )  # it would have been fetched: its words remain
            return
        self.parts.append(html("<{}{}>", tag, joined(_attributes(tag, attrs))))
        if tag not in VOID:
            self.open.append(tag)
        elif tag not in ("br", "hr", "img"):
            self.parts.append(html("</{}>", tag))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.dropped:
            if tag == self.dropped[-1]:
                self.dropped.pop()
        elif tag in self.open:
            while self.open[-1] != tag:
                self.parts.append(html("</{}>", self.open.pop()))
            self.parts.append(html("</{}>", self.open.pop()))

    def handle_data(self, data: str) -> None:
        if not self.dropped:
            self.parts.append(html("{}", without_ansi(data)))


def _attributes(tag: str, attributes: list[tuple[str, str | None]]) -> list[Html]:
    kept = []
    for name, value in attributes:
        text = (value or "").strip()
        allowed = (
            name in ATTRIBUTES
            or name.startswith("aria-")
            or (
                tag == "a"
                and name == "href"
                and text.lower().startswith(("#", "https://", "http://"))
            )
            or (tag == "img" and name == "src" and _is_picture(text))
        )
        if allowed:
            kept.append(html(' {}="{}"', SPELLED.get(name, name), text))
    return kept


def _is_picture(source: str | None) -> bool:
    return (source or "").strip().lower().startswith(IMAGES)


def sanitised(markup: str) -> Html:
    """HTML without scripts, styles, handlers, forms, foreign elements and anything that would make
    a request.
    """
    cleaner = _Cleaner()
    cleaner.feed(markup)
    cleaner.close()
    return joined([*cleaner.parts, *(html("</{}>", tag) for tag in reversed(cleaner.open))])
