"""`flexqa models`: what can answer questions here."""

from rich.table import Table

from flexqa.cli.render import console


def models() -> None:
    """List the engines, baselines and model cards, and what is installed."""
    from flexqa.adapters.cards import cards
    from flexqa.adapters.registry import engines

    table = Table("model", "what it is", "here", title="Adapters", title_justify="left")
    for engine in engines():
        here = "[green]ready[/]" if engine.installed else f"[yellow]{engine.install}[/]"
        table.add_row(engine.usage, engine.summary, here)
    table.add_row("my_model.py:MyVLM", "your own class with one method, reply(request) -> str", "[green]ready[/]")
    console.print(table)
    known = Table("card", "model", "GPU memory", "frames", title="Model cards", title_justify="left")
    for card in cards():
        known.add_row(card.name, card.model, f"{card.min_gpu_memory_gb:g} GB", str(card.frames))
    console.print(known)
