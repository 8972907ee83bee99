"""Commands and options that there are not: what is meant, before argparse lists all there is."""

import argparse
from collections.abc import Mapping, Sequence
from itertools import takewhile

from workbench.meant import instead, unknown_option


def refuse_unknown(
    parser: argparse.ArgumentParser,
    commands: Mapping[str, argparse.ArgumentParser],
    arguments: Sequence[str],
) -> None:
    """End with exit status 2 and what is meant where a command or an option is not known."""
    given = list(takewhile(lambda each: each != "--", arguments))
    name = given[0] if given else ""
    if name and not name.startswith("-") and name not in commands:
        parser.error(f"no command {name!r}: {instead(name, commands)}")
    own = commands.get(name, parser)
    known = own.format_help()
    for asked in given[name in commands :]:
        if asked.startswith("--") and (said := unknown_option(asked, known)):
            own.error(f"{said}: {own.prog} --help lists them")
