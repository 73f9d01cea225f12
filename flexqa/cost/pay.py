"""Dollars: GPU time where the engine runs on GPUs of this machine, else tokens."""

from collections.abc import Collection, Sequence
from math import fsum

from flexqa.cost.prices import GpuPrice, Prices, TokenPrice
from flexqa.cost.report import Dollars, SessionCost
from flexqa.record import Reply


def dollars(model: str, sessions: Sequence[SessionCost], replies: Sequence[Reply], prices: Prices) -> Dollars:
    """What a run's questions cost.

    Args:
        model: the model's name in the run, `openai:gpt-5.4`.
        sessions: of the run.
        replies: of the run.
        prices: of GPUs and tokens.
    """
    if any(s.gpus for s in sessions):
        return _gpu_time(sessions, prices)
    if price := prices.of_model(model):
        return _tokens(model, price, replies, prices)
    why = f"no GPU of this machine was used, and the price file has no tokens of {model!r}; name one with --prices"
    return Dollars(
        usd_per_1k_questions=None,
        startup_usd=None,
        basis=None,
        prices={},
        prices_sha256=prices.sha256,
        reason=why,
    )


def quantity(value: float | None) -> float | None:
    """Seconds or tokens as an adapter reports them; null where they are none: negative, no number, absurd."""
    return value if value is not None and 0 <= value <= 1e12 else None


def token_usd(reply: Reply, price: TokenPrice) -> float | None:
    """What one reply cost: (input − cached) · input price + cached · cached price + output · output price.

    Cached tokens that are not reported are paid as new ones. Null where input or output are not reported.
    """
    new, output = quantity(reply.usage.input_tokens), quantity(reply.usage.output_tokens)
    if new is None or output is None:
        return None
    cached = min(quantity(reply.usage.cached_tokens) or 0, new)
    cached_usd = price.input_usd if price.cached_input_usd is None else price.cached_input_usd
    paid = (new - cached) * price.input_usd + cached * cached_usd + output * price.output_usd
    return paid / 1e6


def left_out(reasons: Collection[str], unknown: int, of: int, what: str) -> str | None:
    """Why a figure is null, or which part of it is missing; null where nothing is.

    Args:
        reasons: for what is unknown.
        unknown: how many parts are.
        of: how many there are.
        what: parts of what: `sessions`.
    """
    if not reasons:
        return None
    part = f"{unknown} of {of} {what} left out: " if 0 < unknown < of else ""
    return part + "; ".join(sorted(reasons))


def _gpu_time(sessions: Sequence[SessionCost], prices: Prices) -> Dollars:
    used: dict[str, GpuPrice | TokenPrice] = {}
    paid: list[float] = []
    startup: list[float] = []
    unknown: set[str] = set()
    n_questions = 0
    for s in sessions:
        known = {name: price for name in s.gpus or () if (price := prices.of_gpu(name))}
        used |= known
        if missing := sorted(set(s.gpus or ()) - set(known)):
            unknown.add(f"the price file has no GPU {missing[0]!r}; name one that has with --prices")
            continue
        if not s.gpus or s.window_s is None:
            unknown.add(s.reason or "no GPU of this machine was used")
            continue
        per_hour = fsum(known[name].usd for name in s.gpus)
        paid.append(s.window_s / 3600 * per_hour)
        startup.append((s.startup_s or 0.0) / 3600 * per_hour)
        n_questions += s.n_questions
    return Dollars(
        usd_per_1k_questions=1000 * fsum(paid) / n_questions if n_questions > 0 else None,
        startup_usd=fsum(startup) if startup else None,
        basis="gpu_hour",
        prices=used,
        prices_sha256=prices.sha256,
        reason=left_out(unknown, len(sessions) - len(paid), len(sessions), "sessions"),
    )


def _tokens(model: str, price: TokenPrice, replies: Sequence[Reply], prices: Prices) -> Dollars:
    paid = [usd for r in replies if (usd := token_usd(r, price)) is not None]
    unknown = len(replies) - len(paid)
    reasons = {"no tokens are reported"} if unknown or not paid else set()
    return Dollars(
        usd_per_1k_questions=1000 * fsum(paid) / len(paid) if paid else None,
        startup_usd=None,
        basis="tokens",
        prices={model: price},
        prices_sha256=prices.sha256,
        reason=left_out(reasons, unknown, len(replies), "replies"),
    )
