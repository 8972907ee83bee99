"""The inputs that a template cannot do without."""

from collections.abc import Iterator

from jinja2 import nodes


def needed(node: nodes.Node, known: frozenset[str]) -> Iterator[str]:
    """Names that fail where the inputs lack them; `known` are bound by a loop, or proven by `is
    defined` above.
    """
    if isinstance(node, nodes.Name):
        yield from {node.name} - known if node.ctx == "load" else ()
    elif isinstance(node, nodes.If | nodes.CondExpr):
        yield from _needed_by_branches(node, known)
    elif isinstance(node, nodes.And | nodes.Or):
        yield from needed(node.left, known)
        yield from needed(node.right, known | _proven(node.left, isinstance(node, nodes.And)))
    elif isinstance(node, nodes.For):
        yield from _needed_by_loop(node, known)
    else:
        for child in node.iter_child_nodes():
            if not _tolerates(node, child):
                yield from needed(child, known)


def _tolerates(node: nodes.Node, child: nodes.Node) -> bool:
    """Whether a filter or test takes a name that the inputs may lack."""
    if isinstance(node, nodes.Filter):
        tolerant = node.name in ("d", "default")
    else:
        tolerant = isinstance(node, nodes.Test) and node.name in ("defined", "undefined")
    return tolerant and isinstance(child, nodes.Name) and child is getattr(node, "node", None)


def _needed_by_loop(node: nodes.For, known: frozenset[str]) -> Iterator[str]:
    yield from needed(node.iter, known)
    targets = [node.target, *node.target.find_all(nodes.Name)]
    bound = {target.name for target in targets if isinstance(target, nodes.Name)}
    for child in (*node.body, *([node.test] if node.test else [])):
        yield from needed(child, known | {"loop"} | bound)
    for child in node.else_:
        yield from needed(child, known)


def _needed_by_branches(node: nodes.If | nodes.CondExpr, known: frozenset[str]) -> Iterator[str]:
    yield from needed(node.test, known)
    then, otherwise = known | _proven(node.test, True), known | _proven(node.test, False)
    if isinstance(node, nodes.CondExpr):
        yield from needed(node.expr1, then)
        yield from needed(node.expr2, otherwise) if node.expr2 else ()
        return
    for child in node.body:
        yield from needed(child, then)
    for branch in node.elif_:
        yield from needed(branch, otherwise)
        otherwise |= _proven(branch.test, False)
    for child in node.else_:
        yield from needed(child, otherwise)


def _proven(test: nodes.Node, holds: bool) -> frozenset[str]:
    """Names that are defined where `test` holds (or does not)."""
    if isinstance(test, nodes.Not):
        return _proven(test.node, not holds)
    if isinstance(test, nodes.And if holds else nodes.Or):
        return _proven(test.left, holds) | _proven(test.right, holds)
    if isinstance(test, nodes.Test) and isinstance(test.node, nodes.Name):
        return frozenset(
            {test.node.name} if test.name == ("defined" if holds else "undefined") else ()
        )
    return frozenset()
