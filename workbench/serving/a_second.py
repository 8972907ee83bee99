# pyright: strict
"""Requests a second as people read them."""


def rate(value: float) -> str:
    """Two digits of a rate, whole from ten on: 0.47, 1.0, 12, 1,200."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 1 else f"{value:#.2g}"
