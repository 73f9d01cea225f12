"""A real Chromium, and pages opened in it that may neither complain nor ask for anything."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESK, PHONE = (1280, 900), (390, 844)


def chromium() -> str | None:
    """A Chromium that is installed on this machine; null where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next((found for name in names if (found := shutil.which(name))), None)


@dataclass
class Opened:
    """An open page, and what it said."""

    page: "Page"
    said: list[str] = field(default_factory=list)
    """messages of the console, errors of scripts, and requests that left the file"""

    def texts(self, selector: str) -> list[str]:
        """The texts of the visible elements."""
        return [e.inner_text().strip() for e in self.page.locator(selector).all() if e.is_visible()]

    def fits(self) -> bool:
        """Whether nothing must be scrolled sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@contextmanager
def opened(
    browser: "Browser",
    path: Path,
    size: tuple[int, int] = DESK,
    scheme: Literal["dark", "light"] = "light",
    *,
    scripts: bool = True,
) -> Iterator[Opened]:
    """Open a file; at the end it must have said nothing."""
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, color_scheme=scheme, java_script_enabled=scripts)  # type: ignore[arg-type]
    try:
        watched = Opened(context.new_page())
        watched.page.on("console", lambda message: watched.said.append(message.text))
        watched.page.on("pageerror", lambda error: watched.said.append(str(error)))
        watched.page.on("dialog", lambda dialog: watched.said.append(f"dialog: {dialog.message}"))
        watched.page.on(
            "request",
            lambda r: None if r.url.startswith(("data:", path.parent.as_uri())) else watched.said.append(r.url[:200]),
        )
        watched.page.goto(path.as_uri())
        yield watched
        assert watched.said == []
    finally:
        context.close()
