"""`flexqa models`: what can answer questions here."""

from rich.markup import escape
from rich.table import Table

from flexqa.cli.render import console


def models() -> None:
    """List the engines, baselines and model cards, and what is installed."""
    from flexqa.adapters.cards import cards
    from flexqa.adapters.registry import engines

    table = Table("adapter", "what it is", "example", "here", title="Adapters", title_justify="left")
    for engine in engines():
        here = "[green]ready[/]" if engine.installed else f"[yellow]{escape(engine.pip)}[/]"
        table.add_row(f"{engine.prefix}:", engine.summary, engine.example, here)
    table.add_row(
        "FILE.py:CLASS", "your own class with reply(request) -> str", "my_model.py:MyVLM", "[green]ready[/]"
    )
    console.print(table)
    known = Table("model", "GPU memory", "frames", "size", "licence", title="Model cards", title_justify="left")
    for card in cards():
        shown = card.presentation
        known.add_row(
            card.spec, f"{card.min_gpu_memory_gb} GB", str(shown.frames), str(shown.size), escape(card.licence)
        )
    console.print(known)
