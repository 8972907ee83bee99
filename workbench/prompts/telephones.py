"""Telephone numbers as they are written in a country, by phonenumbers (the extra `phone`)."""

from collections.abc import Iterator
from importlib.util import find_spec

from workbench.errors import WorkbenchError


def check_region(region: str) -> None:
    """WorkbenchError where numbers of a country ("DE", "US") cannot be told."""
    if not find_spec("phonenumbers"):
        raise WorkbenchError(
            "telephone numbers of a country need phonenumbers: "
            "pip install 'prompt-workbench[phone]', or leave out region"
        )
    from phonenumbers import SUPPORTED_REGIONS  # pyright: ignore[reportMissingImports]

    if region not in SUPPORTED_REGIONS:
        raise WorkbenchError(f"no country has the code {region!r}: use two letters, such as US")


def telephones(text: str, region: str) -> Iterator[tuple[int, int]]:
    """Where numbers stand that exist in a country's plan, or that begin with a country's code."""
    from phonenumbers import PhoneNumberMatcher  # pyright: ignore[reportMissingImports]

    return ((found.start, found.end) for found in PhoneNumberMatcher(text, region))
