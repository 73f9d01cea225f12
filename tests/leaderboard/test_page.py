"""The page of a leaderboard, in a real browser: what it says, what it can do, and what it withstands."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from pydantic import create_model
from typer.testing import CliRunner

from flexqa.cli.leaderboard import app
from flexqa.leaderboard.build import build, read_leaderboard
from flexqa.leaderboard.entry import ControlRun, Cost, Entry
from flexqa.leaderboard.findings import findings
from flexqa.leaderboard.page import pieces, write
from flexqa.pages.numbers import p_value, points, points_interval
from tests.browser import DESK, PHONE, opened
from tests.scoring.runs import mixed_questions, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MODELS = {"vllm:org/good": (9, 2.0), "openai:fair": (3, 0.5), "vllm:org/weak": (2, 1.0), "baseline:random": (2, None)}
"""Name -> every which reply is wrong, and dollars per 1,000 questions."""


@pytest.fixture(scope="module")
def leaderboard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with four runs, three of which have a price."""
    folder = tmp_path_factory.mktemp("leaderboard")
    questions = mixed_questions(8)
    runs = [write_run(folder / str(i), questions, wrong, name) for i, (name, (wrong, _)) in enumerate(MODELS.items())]
    path = folder / "leaderboard.json"
    build(runs, path)
    data = json.loads(path.read_text())
    for entry in data["boards"][0]["entries"]:
        entry["cost"]["usd_per_1k_questions"] = MODELS[entry["model"]["name"]][1]
    path.write_text(json.dumps(data))
    return path


@pytest.fixture(scope="module")
def page(leaderboard: Path) -> Path:
    out = leaderboard.with_suffix(".html")
    write(leaderboard, out)
    return out


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_it_is_read_at_any_size_in_any_light(
    browser: "Browser", page: Path, size: tuple[int, int], scheme: Literal["light", "dark"], scripts: bool
) -> None:
    with opened(browser, page, size, scheme, scripts=scripts) as seen:
        assert seen.page.locator(".ranking tbody th a").all_inner_texts() == [
            "org/good",
            "fair",
            "random",
            "org/weak",
        ]
        assert seen.page.locator(".scatter:visible").count() == 1
        assert seen.page.locator(".filters").is_visible() == scripts
        background = seen.page.evaluate("getComputedStyle(document.body).backgroundColor") if scripts else ""
        assert not background or (sum(map(int, re.findall(r"\d+", background)[:3])) > 380) == (scheme == "light")
        if scripts:
            assert seen.fits()


def test_ten_questions_are_answered_by_it(browser: "Browser", page: Path) -> None:
    with opened(browser, page) as seen:
        findings = dict(zip(seen.texts(".findings dt"), seen.texts(".findings dd"), strict=True))
        assert findings["Best model"].startswith("org/good is right on 86.2 % of the questions (95 % interval ")
        assert "fair is worse: −22.5 points on the same questions" in findings["Second"]
        assert findings["Cheapest near the top"].startswith("org/good costs least")
        assert findings["Weakest type of the best"].startswith("type ")
        first = seen.page.locator(".ranking tbody tr").first
        assert first.locator("td").all_inner_texts()[:2] == ["1", "86.2"]
        assert "80 questions on 8 subjects" in seen.texts(".subject")[0]
        fronts = seen.page.locator(".scatter:visible .on-front .number").all_text_contents()
        assert sorted(fronts) == ["1", "2"]
        assert seen.texts(".panel figcaption") == ["US dollars per 1,000 questions. Not measured for 1 run."]
        cells = seen.page.locator(".board > section .heat-map tbody tr").filter(has_text="type choices").first
        assert len(cells.locator("td").all_inner_texts()) == 4
        seen.page.locator("details.run > summary").nth(1).click()
        body = seen.page.locator("details.run[open]")
        assert "openai:fair" in body.inner_text()
        assert "prompts_sha256" in body.inner_text()


def test_headings_sort_and_what_is_missing_stays_last(browser: "Browser", page: Path) -> None:
    with opened(browser, page) as seen:

        def names() -> list[str]:
            return seen.page.locator(".ranking tbody th a").all_inner_texts()

        table = seen.page.locator(".ranking")
        table.get_by_role("button", name="Points").click()
        assert names() == ["fair", "random", "org/weak", "org/good"]
        assert seen.page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
        table.get_by_role("button", name="Points").click()
        assert names() == ["random", "org/weak", "fair", "org/good"]
        table.get_by_role("button", name="Model").click()
        assert names() == ["fair", "org/good", "org/weak", "random"]
        costs = seen.page.locator(".costs")
        costs.get_by_role("button", name="$ per 1,000").click()
        assert costs.locator("tbody th a").all_inner_texts() == ["fair", "org/weak", "org/good", "random"]
        costs.get_by_role("button", name="$ per 1,000").click()
        assert costs.locator("tbody th a").all_inner_texts() == ["org/good", "org/weak", "fair", "random"]
        table.get_by_role("button", name="Rank").focus()
        seen.page.keyboard.press("Enter")
        assert names()[0] == "org/good"


def test_filters_hide_a_run_everywhere(browser: "Browser", page: Path) -> None:
    with opened(browser, page) as seen:
        parts = (".ranking tbody tr", ".range-row[data-run]", ".heat-map thead th[data-run]", "details.run")

        def counts() -> list[int]:
            return [len(seen.texts(part)) for part in parts]

        assert counts() == [4, 4, 4, 4]
        seen.page.get_by_label("Hide baselines").check()
        assert counts() == [3, 3, 3, 3]
        seen.page.get_by_label("Find").fill("ORG/")
        assert counts() == [2, 2, 2, 2]
        assert seen.texts("output") == ["2 of 4 runs"]
        seen.page.get_by_label("Find").fill("")
        seen.page.get_by_label("Hide baselines").uncheck()
        assert counts() == [4, 4, 4, 4]


def test_a_name_opens_its_run(browser: "Browser", page: Path) -> None:
    with opened(browser, page) as seen:
        seen.page.locator(".ranking tbody th a").nth(3).click()
        # The page hears of the click after it: this waits.
        assert "org/weak" in seen.page.locator("details.run[open] .full-name").inner_text()


EVIL = (
    "\"'><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">{{ 7*7 }}\u202egnp.exe"
)


def altered(data: Any, change: dict[str, Any]) -> Any:
    """A copy in which the values of some keys are others, at whatever depth."""
    if isinstance(data, dict):
        return {k: change[k] if k in change else altered(v, change) for k, v in data.items()}
    return [altered(v, change) for v in data] if isinstance(data, list) else data


@pytest.mark.parametrize("scripts", [True, False])
def test_strangers_names_do_nothing(browser: "Browser", leaderboard: Path, tmp_path: Path, scripts: bool) -> None:
    data = json.loads(leaderboard.read_text())
    entries = data["boards"][0]["entries"]
    entries[0]["model"] = {"name": EVIL, "revision": EVIL}
    entries[1]["model"]["name"] = "m" * 100_000
    entries[2]["provenance"]["adapter"] = {EVIL: [EVIL, EVIL], "deep": {"x" * 100_000: "y" * 100_000}}
    entries[2]["slices"]["by_type"][EVIL] = entries[2]["slices"]["by_type"]["type_choice"]
    entries[2]["slices"]["by_type_modality"][EVIL] = {"video": entries[2]["slices"]["by_type"]["type_choice"]}
    entries[2]["slices"]["by_action"][EVIL] = entries[2]["slices"]["by_type"]["type_choice"]
    data["boards"][0]["benchmark"]["id"] = EVIL
    data["boards"].append(altered(data["boards"][0], {"questions_sha256": EVIL}))
    evil, out = tmp_path / "evil.json", tmp_path / "evil.html"
    evil.write_text(json.dumps(data))
    write(evil, out)
    assert len(out.read_bytes()) < 1_500_000
    assert "\u202e" not in out.read_text()
    with opened(browser, out, PHONE, scripts=scripts) as seen:
        assert "<script>document.title" in seen.page.locator(".full-name").first.text_content()  # type: ignore[operator]
        assert "{{ 7*7 }}" in seen.page.locator(".full-name").first.text_content()  # type: ignore[operator]
        assert seen.page.locator("img, iframe, body script").count() == 1
        assert seen.page.title() == "FLEX-VideoQA leaderboard"
        if scripts:
            assert seen.fits()
            assert seen.page.locator("article").count() == 2


def test_the_policy_refuses_what_escaping_would_have_missed(browser: "Browser", page: Path, tmp_path: Path) -> None:
    slipped = (
        "<script>document.title='owned'</script><img src='file:///etc/hostname' onerror=\"document.title='owned'\">"
    )
    out = tmp_path / "slipped.html"
    out.write_text(page.read_text().replace("<main>", f"<main>{slipped}"))
    seen: list[str] = []
    tab = browser.new_page()
    tab.on("console", lambda message: seen.append(message.text))
    tab.goto(out.as_uri())
    assert tab.title() == "FLEX-VideoQA leaderboard"
    assert sum("Content Security Policy" in text for text in seen) >= 3
    assert tab.locator(".filters").is_visible()
    tab.close()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e308", "-1e308", "5e-324", "0.0"])
def test_numbers_of_strangers_are_drawn_or_left_out(
    browser: "Browser", leaderboard: Path, tmp_path: Path, number: str
) -> None:
    data = json.loads(leaderboard.read_text())
    floats = ("value", "se", "ci_low", "ci_high", "chance", "p", "p_holm", "latency_s", "input")
    first, *others = data["boards"][0]["entries"]
    change = dict.fromkeys((*floats, "usd_per_1k_questions"), "@")
    data["boards"][0]["entries"] = [first, *(altered(e, change) for e in others)]
    odd, out = tmp_path / "odd.json", tmp_path / "odd.html"
    odd.write_text(json.dumps(data).replace('"@"', number))
    write(odd, out)
    assert not re.search(r"\b(nan|inf|infinity)\b", out.read_text(), re.IGNORECASE)
    with opened(browser, out) as seen:
        assert seen.fits()
        assert seen.page.locator(".ranking tbody tr").count() == 4


def test_an_operating_point_and_costs_of_another_version_are_shown(
    browser: "Browser", leaderboard: Path, tmp_path: Path
) -> None:
    read = read_leaderboard(leaderboard)
    board = read.boards[0]
    clean, other = board.entries[0], board.entries[1]
    cell, compared = other.metrics.accuracy, other.vs_best
    control = ControlRun(run_id="c", run_sha256="c", folder=None, accuracy=cell, against_clean=compared)
    more_cost = create_model("MoreCost", __base__=Cost, operating_point=(dict[str, Any], {}), usd_basis=(str, ""))
    more = create_model("MoreEntry", __base__=Entry)
    cost = more_cost(
        **{**dict(clean.cost), "operating_point": {"concurrency": 32, "hardware": EVIL}, "usd_basis": "gpu_hour"}
    )
    entry = more(**{**dict(clean), "cost": cost, "controls": {"blind": control, EVIL: control}})
    boards = (board.model_copy(update={"entries": (entry, *board.entries[1:])}),)
    out = tmp_path / "more.html"
    out.write_text("".join(pieces(read.model_copy(update={"boards": boards}))))
    with opened(browser, out, PHONE) as seen:
        assert seen.fits()
        row = seen.page.locator(".ranking tbody tr").first
        assert "+22.5" in row.inner_text()
        row.locator("a").click()
        body = seen.page.locator("details.run[open]").inner_text()
        assert "Costs were measured at: concurrency 32, hardware" in body
        assert "cost.usd_basis" in body
        assert re.search(r"blind\s+63\.7\s+[\d.–]+\s+21\.4\s+−22\.5", body)


@pytest.mark.parametrize(("wrong", "verdict"), [((40, 9, 2), "is worse"), ((40, 9, 8), "is not shown to be worse")])
def test_the_second_is_told_from_the_best_model_below_a_baseline(
    tmp_path: Path, wrong: tuple[int, int, int], verdict: str
) -> None:
    questions = mixed_questions(8)
    names = ("baseline:oracle", "a:best", "a:second")
    runs = [write_run(tmp_path / n.replace(":", "-"), questions, w, n) for n, w in zip(names, wrong, strict=True)]
    board = build(runs, tmp_path / "leaderboard.json").boards[0]
    second = next(f.text for f in findings(board) if f.heading == "Second")
    compared = board.entries[2].vs_best
    assert compared
    assert board.entries[1].vs_best is None, "it is the best model"
    difference, p = compared.difference, compared.p_holm or 0.0
    scores = {e.model.name: e.metrics.accuracy.accuracy.value or 0.0 for e in board.entries}
    assert difference.value == pytest.approx(scores["a:second"] - scores["a:best"])
    interval = points_interval(difference.ci_low, difference.ci_high)
    assert second == (
        f"second {verdict}: {points(difference.value)} points on the same questions, 95 % interval {interval} for "
        f"this pair alone; p {'' if p < 0.001 else '= '}{p_value(p)} after Holm over all pairs."
    )


def test_an_empty_leaderboard_says_so(browser: "Browser", tmp_path: Path) -> None:
    build([], tmp_path / "leaderboard.json")
    write(tmp_path / "leaderboard.json", tmp_path / "page.html")
    with opened(browser, tmp_path / "page.html") as seen:
        assert "no runs yet" in seen.page.inner_text("main")


def test_the_command_and_the_same_bytes(leaderboard: Path, tmp_path: Path) -> None:
    pages = [tmp_path / "a.html", tmp_path / "b.html"]
    for out in pages:
        result = CliRunner().invoke(app, ["page", str(leaderboard), "--out", str(out)])
        assert result.exit_code == 0, result.output
    assert pages[0].read_bytes() == pages[1].read_bytes()
    text = pages[0].read_text()
    assert not re.search(r"(?:src|href)=\"(?!#|data:)", text)
    assert "http:" not in text.replace("http-equiv", "")
    assert "https:" not in text
