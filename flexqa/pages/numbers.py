"""Numbers as pages print them. What is not measured, or not finite, is a dash."""

from math import floor, log10

NONE = "–"
_LARGEST = 1e15
"""beyond this there is nothing to read or to draw"""

_THIN = "\u202f"
"""a narrow space that does not break, between thousands"""


def finite(value: float | None) -> float | None:
    """The value, or null where it is no number that can be drawn."""
    # Comparisons, because a whole number may be too large for a float, and NaN is in no range.
    return value if value is not None and -_LARGEST < value < _LARGEST else None


def percent(value: float | None) -> str:
    """A share as a percentage with one decimal, without the sign."""
    known = finite(value)
    return NONE if known is None else f"{100 * known:,.1f}".replace(",", _THIN).replace("-", "−")


def points(value: float | None) -> str:
    """A difference of shares in percentage points, with its sign."""
    known = finite(value)
    return NONE if known is None else f"{100 * known:+z.1f}".replace("-", "−")


def interval(low: float | None, high: float | None) -> str:
    """An interval of shares in percent."""
    return NONE if finite(low) is None or finite(high) is None else f"{percent(low)}–{percent(high)}"


def points_interval(low: float | None, high: float | None) -> str:
    """An interval of differences in percentage points."""
    return NONE if finite(low) is None or finite(high) is None else f"{points(low)} to {points(high)}"


def p_value(value: float | None) -> str:
    """A p value with three decimals."""
    known = finite(value)
    return NONE if known is None else "< 0.001" if known < 0.001 else f"{known:.3f}"


def raw(value: float | None) -> str:
    """A number as scripts read it; empty where there is none."""
    known = finite(value)
    return "" if known is None else repr(known)


def count(value: float | None) -> str:
    """A whole number with its thousands apart."""
    known = finite(value)
    return NONE if known is None else f"{known:,.0f}".replace(",", _THIN)


def amount(value: float | None) -> str:
    """A quantity with three significant digits."""
    known = finite(value)
    if known is None:
        return NONE
    if known == 0 or abs(known) >= 1e6 or abs(known) < 1e-4:
        return f"{known:.3g}"
    decimals = max(0, 2 - floor(log10(abs(known))))
    return f"{known:,.{decimals}f}".replace(",", _THIN)
