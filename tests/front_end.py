"""What a browser would get of a view, without one; and whether HTML is harmless."""

from html.parser import HTMLParser

import comm.base_comm

HOSTILE = (
    '<script>window.hit=1</script><img src="http://127.0.0.1:9/x" '
    'onerror="window.hit=1"></textarea></td></table>'
    "<svg onload=alert(1)>[click](javascript:alert(1)) ![x](http://127.0.0.1:9/x.png) $x$ "
    "\x1b[31mred\x1b[0m \u202eevil "
)
TAGS = {
    "b", "bdi", "br", "button", "caption", "circle", "dd", "del", "details", "div", "dl", "dt",
    "figcaption", "figure", "g", "h3", "h4", "h5", "input", "ins", "kbd", "label", "li", "line",
    "mark", "option", "p", "polygon", "polyline", "pre", "rect", "select", "span", "style",
    "summary", "svg", "table", "tbody", "td", "text", "textarea", "tfoot", "th", "thead", "tr",
    "ul",
}  # fmt: skip


class Safe(HTMLParser):
    """Refuses elements that load or run something, event handlers, addresses and styles in
    attributes.
    """

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, tag
        for name, _ in attrs:
            assert not name.startswith("on") and name not in (
                "style",
                "href",
                "src",
                "action",
                "formaction",
            ), name


def assert_safe(text):
    Safe().feed(str(text))
    assert "\x1b" not in text and "\u202e" not in text


class Wire(comm.base_comm.BaseComm):
    """A widget's line to its front end: keeps what the kernel says."""

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        self.__dict__.setdefault("said", []).append((msg_type, data or {}))


class FrontEnd:
    """What a browser would get of a view, and a way to answer."""

    def __init__(self, view):
        self.view, self.wire = view, view.widget.comm

    def do(self, name, argument=None, /, **values):
        """Click or type; returns what the kernel sent for it."""
        before = len(self.wire.said)
        content = {"do": name, "argument": argument, "values": values}
        self.wire.handle_msg(
            {"content": {"data": {"method": "custom", "content": content}}, "buffers": []}
        )
        return self.since(before)

    def since(self, before):
        got = {}
        for kind, data in self.wire.said[before:]:
            if kind == "comm_msg" and data["method"] == "custom":
                got |= {name: value for name, value in data["content"].items() if name != "parts"}
                got |= data["content"].get("parts", {})
        return got
