"""What a newcomer wants to know, read off the page in a real browser and held against leaderboard.json."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from flexqa.evaluation import EvalOptions, run_controls, run_model
from flexqa.leaderboard.build import build
from flexqa.leaderboard.page import write
from flexqa.record import Presentation
from tests.browser import DESK, PHONE, Opened, opened
from tests.leaderboard import knowing_model

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RESULTS = Path(__file__).parents[2] / "results"
Data = dict[str, Any]

RUNS: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "best": ("knowing", {"right": "0.8"}, ("blind", "shuffled_frames", "no_emg")),
    "near": ("knowing", {"right": "0.79", "fail": "0.01"}, ("blind",)),
    "flaky": ("knowing", {"right": "0.7", "fail": "0.15", "ramble": "0.1"}, ()),
    "echo": ("fake:echo", {}, ()),
    "fail": ("fake:fail", {}, ()),
    "random": ("baseline:random", {}, ()),
    "prior": ("baseline:prior", {}, ()),
    "oracle": ("baseline:oracle", {}, ()),
}
"""Folder -> model, its options, and the controls that it is run under."""

PRICES = {"best": 0.61, "near": 0.21, "flaky": 0.09}


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory, tree: Path, question_file: Path) -> Path:
    """A leaderboard of eight models that were really run, three with a price, some with controls."""
    home = tmp_path_factory.mktemp("rich")
    folders: list[Path] = []
    for name, (model, options, controls) in RUNS.items():
        knowing = model == "knowing"
        asked = EvalOptions(
            model=f"{knowing_model.__file__}:Knowing" if knowing else model,
            adapter_options={**options, "questions": str(question_file)} if knowing else options,
            data=tree, questions=question_file, out=home / "runs" / name, split="all", limit=240,
            presentation=Presentation(frames=2, size=64),
        )  # fmt: skip
        outcomes = run_controls(asked, controls) if controls else [run_model(asked)]  # type: ignore[arg-type]
        folders += [outcome.folder for outcome in outcomes]
    path = home / "leaderboard.json"
    build(folders, path)
    data = json.loads(path.read_text())
    for entry in data["boards"][0]["entries"]:
        entry["cost"]["usd_per_1k_questions"] = PRICES.get(Path(entry["folder"]).name)
        entry["model"]["name"] = entry["model"]["name"].replace("knowing_model.py:", f"{Path(entry['folder']).name}:")
    path.write_text(json.dumps(data))
    write(path, path.with_suffix(".html"))
    return path


@pytest.fixture(params=["results", "rich"])
def board(request: pytest.FixtureRequest) -> Path:
    """The published leaderboard, whose page lies beside it, and a richer one."""
    return RESULTS / "leaderboard.json" if request.param == "results" else request.getfixturevalue("rich")


def percent(value: float) -> str:
    return f"{100 * value:.1f}".replace("-", "−")


def points(value: float) -> str:
    return f"{100 * value:+z.1f}".replace("-", "−")


def between(estimate: Data, of: Any = points, sep: str = " to ") -> str:
    """An interval as the page writes it; a dash where there is none."""
    low, high = estimate["ci_low"], estimate["ci_high"]
    return "–" if low is None else f"{of(low)}{sep}{of(high)}"


def gain(comparison: Data) -> Data:
    """The clean run less its control, from the control less the clean run."""
    d = comparison["difference"]
    turned = {"value": "value", "ci_low": "ci_high", "ci_high": "ci_low"}
    return {name: None if d[of] is None else -d[of] for name, of in turned.items()} | {"n": d["n"]}


class Asked:
    """A page that is read as a person reads it: by its headings."""

    def __init__(self, seen: Opened, board: Data) -> None:
        self.seen, self.entries = seen, board["entries"]
        self.models = [e for e in self.entries if not e["model"]["name"].startswith("baseline:")]
        self.best, self.second = self.models[:2]
        self.findings = dict(zip(seen.texts(".findings dt"), seen.texts(".findings dd"), strict=True))

    def table(self, label: str) -> dict[str, dict[str, str]]:
        """A table by its label: run -> heading of the column -> what stands there."""
        found = {}
        table = self.seen.page.get_by_role("region", name=label, exact=True).locator("table").first
        headings = [h.split("↕")[0].strip() for h in table.locator("thead tr").last.locator("th").all_inner_texts()]
        for row in table.locator("tbody tr").all():
            cells = [c.strip() for c in row.locator("th, td").all_inner_texts()]
            found[str(row.get_attribute("data-run"))] = dict(zip(headings, cells, strict=True))
        return found

    def rows(self, label: str) -> Iterator[tuple[Data, dict[str, str]]]:
        """Entries with their rows in a table that has one for each."""
        found = self.table(label)
        yield from ((self.entries[int(key.split("-")[1])], row) for key, row in found.items())

    def opened(self, entry: Data) -> Any:
        """The part of a run, after the click that opens it."""
        runs = self.seen.page.locator("details.run")
        details = runs.nth(self.entries.index(entry))
        if details.get_attribute("open") is None:
            details.locator("summary").first.click()
        return details


@pytest.fixture(params=[(DESK, True), (PHONE, False)], ids=["desk", "phone without scripts"])
def asked(request: pytest.FixtureRequest, browser: "Browser", board: Path) -> Iterator[Asked]:
    size, scripts = request.param
    with opened(browser, board.with_suffix(".html"), size, scripts=scripts) as seen:
        yield Asked(seen, json.loads(board.read_text())["boards"][0])


def test_1_and_2_the_best_model_and_its_interval(asked: Asked) -> None:
    accuracy = asked.best["metrics"]["accuracy"]["accuracy"]
    name = asked.best["model"]["name"].partition(":")[2]
    told = asked.findings["Best model"]
    assert told.startswith(name)
    assert f"{percent(accuracy['value'])} % of the questions" in told
    assert f"95 % interval {between(accuracy, percent, '–')}" in told


def test_3_whether_the_second_is_really_worse(asked: Asked) -> None:
    told, against = asked.findings["Second"], asked.second["vs_best"]
    difference, p = against["difference"], against["p_holm"]
    assert told.startswith(asked.second["model"]["name"].partition(":")[2])
    if difference["value"] == 0:
        assert "a difference of 0.0 points" in told
    else:
        assert f"{points(difference['value'])} points" in told
        assert f"95 % interval {between(difference)}" in told
        assert ("p < 0.001" if p < 0.001 else f"p = {p:.3f}") in told
        assert ("is not shown to be worse" in told) == (p >= 0.05)
    row = {e["run_id"]: r for e, r in asked.rows("Ranking")}[asked.second["run_id"]]
    assert row["Points"].split("\n")[0] == points(difference["value"])


def test_4_the_cheapest_within_two_points(asked: Asked) -> None:
    told, top = asked.findings["Cheapest near the top"], asked.best["metrics"]["accuracy"]["accuracy"]["value"]
    near = [e for e in asked.models if e["metrics"]["accuracy"]["accuracy"]["value"] >= top - 0.02]
    priced = [e for e in near if e["cost"]["usd_per_1k_questions"] is not None]
    if not priced:
        assert told.startswith("not known: dollars, energy and GPU time were measured for no model")
        return
    cheapest = min(priced, key=lambda e: e["cost"]["usd_per_1k_questions"])
    assert told.startswith(cheapest["model"]["name"].partition(":")[2])
    assert f"{cheapest['cost']['usd_per_1k_questions']:.3f} US dollars per 1,000 questions" in told


def test_5_the_weakest_type_of_the_best(asked: Asked) -> None:
    enough = [(n, c) for n, c in asked.best["slices"]["by_type"].items() if c["accuracy"]["n"] >= 5]
    name, cell = min(enough, key=lambda found: (found[1]["chance_corrected"]["value"], found[0]))
    told = asked.findings["Weakest type of the best"]
    said = f"{percent(cell['accuracy']['value'])} % where a guess scores {percent(cell['chance'])} %"
    assert told == f"{name.replace('_', ' ')}: {said}, {cell['accuracy']['n']} questions."


def test_6_which_modalities_gain_most_over_blind(asked: Asked) -> None:
    blind = asked.best["controls"].get("blind")
    if blind is None:
        assert "Best model gains most from" not in asked.findings
        assert "No run of this board was also asked with evidence taken away" in asked.seen.page.inner_text("main")
        return
    gains = {name: gain(c) for name, c in blind["by_modality"].items()}
    most = max((n for n, g in gains.items() if g["n"] >= 5), key=lambda n: gains[n]["value"])
    told = asked.findings["Best model gains most from"]
    assert told.startswith(f"{most.replace('+', ' + ')}: {points(gains[most]['value'])} points over blind")
    assert between(gains[most]) in told
    rows = asked.opened(asked.best).locator(".gains tbody tr").all_inner_texts()
    assert len(rows) == len(gains)
    for name, row in zip(sorted(gains), rows, strict=True):
        assert row.split("\t")[0] == name.replace("+", " + ")
        assert row.split("\t")[3:5] == [points(gains[name]["value"]), between(gains[name])]


def test_7_how_far_each_is_above_guess_blind_and_prior(asked: Asked) -> None:
    scores = {e["model"]["name"]: e["metrics"]["accuracy"]["accuracy"]["value"] for e in asked.entries}
    for entry, row in asked.rows("Ranking"):
        name, cell = entry["model"]["name"], entry["metrics"]["accuracy"]
        assert row["Accuracy"].strip("≈\n") == percent(scores[name])
        assert row["a guess"] == points(scores[name] - cell["chance"])
        assert row["prior"] == ("–" if name == "baseline:prior" else points(scores[name] - scores["baseline:prior"]))
        if (blind := entry["controls"].get("blind")) is not None:
            assert row["blind"].split("\n")[0] == points(gain(blind["against_clean"])["value"])
        else:
            assert row.get("blind", "–") == "–"
    best = asked.best["metrics"]["accuracy"]
    told = asked.findings["Lead of the best"]
    assert told.startswith(f"over a guess {points(best['accuracy']['value'] - best['chance'])} points, ")
    lead = best["accuracy"]["value"] - scores["baseline:prior"]
    assert f"over the most frequent answers {points(lead)} points" in told
    if (blind := asked.best["controls"].get("blind")) is not None:
        found = gain(blind["against_clean"])
        assert (
            f"over itself without evidence {points(found['value'])} points (95 % interval {between(found)})" in told
        )


def test_8_who_fails_to_answer_most(asked: Asked) -> None:
    for entry, row in asked.rows("Ranking"):
        cell = entry["metrics"]["accuracy"]
        assert (row["failed"], row["unread"]) == (str(cell["n_failed"]), str(cell["n_unparsable"]))
    cells = [(e["metrics"]["accuracy"], e) for e in asked.models]
    cell, worst = max(cells, key=lambda found: found[0]["n_failed"] + found[0]["n_unparsable"])
    told = asked.findings["Unanswered"]
    assert told.startswith(worst["model"]["name"].partition(":")[2])
    assert f"{cell['n_failed'] + cell['n_unparsable']} of {cell['accuracy']['n']} questions" in told
    assert f"{cell['n_failed']} failed, {cell['n_unparsable']} replies unreadable" in told


def test_9_at_what_the_cost_was_measured(asked: Asked) -> None:
    seen = 0
    for entry, row in asked.rows("Cost and operating point"):
        point = entry["cost"]["operating_point"]
        assert row["engine"].startswith(point["engine"])
        assert (point["device"] or "–") in row["hardware"]
        assert row["at once"] == str(point["concurrency"] or "–")
        assert row["frames"] == f"{point['frames']} × {point['size']} px"
        assert row["latency in s"] == "–" or float(row["latency in s"]) == pytest.approx(
            entry["cost"]["latency_s"], rel=0.01
        )
        seen += 1
    assert seen >= 2
    told = asked.opened(asked.best).inner_text()
    point = asked.best["cost"]["operating_point"]
    assert re.search(rf"Costs were measured at: engine {point['engine']}.*device {point['device']}", told)


def test_10_the_score_under_each_control_by_type_too(asked: Asked) -> None:
    details = asked.opened(asked.best)
    controls = dict(sorted(asked.best["controls"].items()))
    rows = [row.split("\t") for row in details.locator(".controls tbody tr").all_inner_texts()]
    for (name, control), row in zip(controls.items(), rows, strict=True):
        accuracy, change = control["accuracy"]["accuracy"], control["against_clean"]["difference"]
        assert row[:3] == [name.replace("_", " "), percent(accuracy["value"]), between(accuracy, percent, "–")]
        assert row[4:6] == [points(change["value"]), between(change)]
    if not controls:
        return
    table = details.get_by_role("region", name="Question type × control").locator("table")
    assert table.locator("thead th").all_inner_texts() == ["as it is", *(n.replace("_", " ") for n in controls)]
    shown = {}
    for row in table.locator("tbody tr").all():
        shown[row.locator("th").inner_text()] = row.locator("td").all_inner_texts()
    types = sorted({name for c in controls.values() for name in c["accuracy_by_type"]})
    assert [name.replace("_", " ") for name in types] == list(shown)[1:]
    for name in types:
        cells = [asked.best["slices"]["by_type"][name], *(c["accuracy_by_type"].get(name) for c in controls.values())]
        expected = [f"{100 * c['accuracy']['value']:.0f}" if c else "" for c in cells]
        assert shown[name.replace("_", " ")] == expected


def test_and_how_to_recompute_and_to_submit(asked: Asked) -> None:
    asked.seen.page.locator(".contents").get_by_text("Recompute or submit").click()
    assert f"all {len(asked.entries)} runs lie beside the leaderboard file" in asked.seen.texts(".recompute")[0]
    commands = " ".join(asked.seen.texts(".board pre"))
    for words in ("leaderboard verify leaderboard.json", "flexqa eval", "leaderboard verify runs/mine"):
        assert words in commands
    folder = asked.best["folder"]
    assert f"can be computed again: {folder} beside" in asked.opened(asked.best).inner_text()


def test_a_run_whose_replies_are_elsewhere_is_named(browser: "Browser", rich: Path, tmp_path: Path) -> None:
    data = json.loads(rich.read_text())
    data["boards"][0]["entries"][1]["folder"] = None
    (tmp_path / "leaderboard.json").write_text(json.dumps(data))
    write(tmp_path / "leaderboard.json", tmp_path / "page.html")
    with opened(browser, tmp_path / "page.html") as seen:
        told = seen.texts(".recompute")[0]
        assert f"{len(RUNS) - 1} of {len(RUNS)} runs" in told
        assert data["boards"][0]["entries"][1]["model"]["name"] in told


def test_nothing_is_cut_off_or_needs_the_page_scrolled_sideways(browser: "Browser", rich: Path) -> None:
    for size in (DESK, PHONE):
        with opened(browser, rich.with_suffix(".html"), size) as seen:
            for summary in seen.page.locator("details.run > summary").all():
                summary.click()
            assert seen.fits()
            cut = "e => [...document.querySelectorAll('.findings dd, .ranking td, .ranking th, .plain td')]"
            cut += ".filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth).map(e => e.innerText)"
            assert seen.page.evaluate(cut) == []
