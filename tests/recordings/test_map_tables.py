"""Tables of every kind become annotations; what does not match is named by file and row."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat

from flexqa.assets import asset
from flexqa.errors import BadInput
from flexqa.graph.model import Graph
from flexqa.graph.walk import score
from flexqa.recordings.map_tables import Mapped, map_tables
from flexqa.recordings.mapping import MappingFile, Rewrite, Unmatched, read_mapping
from flexqa.recordings.tables import TableSource, cell_text, lookup, read_rows

GUIDE = (asset("benchmarks") / "flex-videoqa" / "MAPPING.md").read_text()


def block(language: str) -> str:
    [found] = re.findall(rf"```{language}\n(.*?)```", GUIDE, flags=re.DOTALL)
    return str(found)


def mapped(root: Path, text: str, graph: Graph) -> Mapped:
    return map_tables(root, MappingFile.model_validate(tomllib.loads(text)), graph)


def test_the_example_of_the_guide(flex: Path, graph: Graph) -> None:
    (flex / "labels").mkdir()
    (flex / "labels/samples.csv").write_text(block("csv"))
    (flex / "labels/loads.json").write_text(block("json"))
    (flex / "flex.toml").write_text(block("toml"))
    result = map_tables(flex, read_mapping(flex / "flex.toml"), graph)
    first, second = result.annotations
    assert (first.recording, first.subject, first.split, first.score, first.load_kg, first.skill) == (
        "A16/001", "B01", "train", 80.0, 40.0, "novice"
    )  # fmt: skip
    assert first.pairs == (("AK43", "ET108"), ("AK56", "ET102"))
    assert [(s.phase, s.start_s, s.end_s) for s in first.phases] == [
        ("preparation", 0.0, 0.4), ("eccentric", 0.4, 1.2), ("concentric", 1.2, 2.0)
    ]  # fmt: skip
    assert (second.subject, second.split, second.score, second.load_kg, second.pairs) == (
        "B02",
        "test",
        100,
        42.5,
        (),
    )
    assert [(f.recording, f.message, f.fatal) for f in result.faults] == [
        ("A08/001", "no table has a row for it", False), ("A08/002", "no table has a row for it", False)
    ]  # fmt: skip
    assert result.rows == 4


ROWS: list[dict[str, Any]] = [
    {"id": "A08/001", "who": "S1", "part": "train", "points": 90, "ak": "", "et": ""},
    {"id": "A16/001", "who": "S2", "part": "test", "points": 55.5, "ak": "AK43", "et": "ET108"},
]

FIELDS = """
recording = "id"
subject = "who"
split = "part"
score = "points"
pairs = { keystep = "ak", error = "et" }
"""


def write_csv(root: Path) -> str:
    lines = [",".join(ROWS[0]), "", *(",".join(map(str, row.values())) for row in ROWS)]
    (root / "t.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    return 'file = "t.csv"'


def write_tsv(root: Path) -> str:
    (root / "t.tsv").write_text("\n".join("\t".join(map(str, row.values())) for row in ROWS))
    return 'file = "t.tsv"\nheader = false\ncolumns = ["id", "who", "part", "points", "ak", "et"]'


def write_json(root: Path) -> str:
    (root / "t.json").write_text(json.dumps({"data": {"all": ROWS}}))
    return 'file = "t.json"\nrows = "data.all"'


def write_jsonl(root: Path) -> str:
    (root / "t.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    return 'file = "t.jsonl"'


def write_xlsx(root: Path) -> str:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("labels")
    sheet.append([*ROWS[0]])
    for row in ROWS:
        sheet.append([*row.values()])
    book.save(root / "t.xlsx")
    return 'file = "t.xlsx"\nsheet = "labels"'


def write_mat(root: Path) -> str:
    savemat(root / "t.mat", {"labels": ROWS})
    return 'file = "t.mat"\nrows = "labels"'


@pytest.mark.parametrize("write", [write_csv, write_tsv, write_json, write_jsonl, write_xlsx, write_mat])
def test_tables_of_every_kind_say_the_same(flex: Path, graph: Graph, write: Any) -> None:
    result = mapped(flex, f"[[table]]\n{write(flex)}\n{FIELDS}", graph)
    assert [(a.recording, a.subject, a.split, a.score, a.pairs) for a in result.annotations] == [
        ("A08/001", "S1", "train", 90.0, ()),
        ("A16/001", "S2", "test", 55.5, (("AK43", "ET108"),)),
    ]
    assert not any(f.fatal for f in result.faults)


def test_a_matrix_the_split_lists_and_the_score_of_the_graph(flex: Path, graph: Graph) -> None:
    savemat(flex / "pairs.mat", {"p": [[8, 1, 43, 108], [16, 1, 56, 102], [16, 1, 43, 108]]})
    (flex / "who.json").write_text(json.dumps({"A16/001": "S9"}))
    text = """
    score = "graph"
    split = "flex"
    keystep = { template = "AK{value}" }
    error = { template = "ET{value}" }
    [[table]]
    file = "who.json"
    recording = "$key"
    subject = "value"
    [[table]]
    file = "pairs.mat"
    columns = ["action", "index", "keystep", "error"]
    recording = { from = "action", template = "A{value:02d}/001" }
    pairs = {}
    """
    result = mapped(flex, text, graph)
    [a] = result.annotations
    assert a.pairs == (("AK43", "ET108"), ("AK56", "ET102"))
    assert (a.split, a.score) == ("train", round(score(graph, "A16", a.pairs).value, 2))
    assert [(f.path, f.message) for f in result.faults if f.fatal] == [
        ("pairs.mat:1", "A08/001: subject: Field required")
    ]


def test_nested_pairs_and_a_row_for_each_phase(flex: Path, graph: Graph) -> None:
    (flex / "t.json").write_text(json.dumps([
        {"id": "A16/001", "seen": [{"k": {"id": "AK43"}, "e": "ET108"}, {"k": {"id": "AK56"}, "e": "ET102"}]},
        {"id": "A16/002", "seen": {"AK43": ["ET108", "ET107"], "AK56": "ET102"}},
    ]))  # fmt: skip
    phases = [("down", 101, 200), ("up", 201, 300), ("setup", 1, 100)]
    rows = [f"{i},{name},{a},{b}" for i in ("A16/001", "A16/002") for name, a, b in phases]
    (flex / "p.csv").write_text("\n".join(["id,name,from,to", *rows]))
    text = """
    [[table]]
    file = "t.json"
    recording = "id"
    subject = { default = "S1" }
    split = { default = "test" }
    score = { default = "50" }
    pairs = { from = "seen", keystep = "k.id", error = "e" }
    [[table]]
    file = "p.csv"
    recording = "id"
    [table.phases]
    unit = "frames"
    rate = 100
    first = 1
    inclusive = true
    phase = { from = "name", rename = { setup = "preparation", down = "eccentric", up = "concentric" } }
    start = "from"
    end = "to"
    """
    first, second = mapped(flex, text, graph).annotations
    assert first.pairs == (("AK43", "ET108"), ("AK56", "ET102"))
    assert second.pairs == (("AK43", "ET107"), ("AK43", "ET108"), ("AK56", "ET102"))
    assert [(s.phase, s.start_s, s.end_s) for s in second.phases] == [
        ("preparation", 0, 1), ("eccentric", 1, 2), ("concentric", 2, 3)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("squat,S1,test,50,none", "'squat' does not match"),
        ("16-1,,test,50,none", "A16/001: subject: Field required"),
        ("16-1,S1,later,50,none", "A16/001: split: Input should be"),
        ("16-1,S1,test,high,none", "'high' in column 'points' is no number"),
        ("16-1,S1,test,500,none", "A16/001: score 500.0 is not between 0 and 100"),
        ("16-1,S1,test,50,AK43-ET108", "'AK43-ET108' does not match"),
        ("16-1,S1,test,50,AK99:ET108", "A16/001: keystep AK99 is not in the graph"),
        ("16-1,S1,test,50,AK43:ET999", "A16/001: error ET999 is not in the graph"),
        ("16-1,S1,test,50,AK44:ET108", "A16/001: error ET108 cannot occur in keystep AK44 of action A16"),
    ],
)
def test_what_does_not_match_is_named_and_left_out(flex: Path, graph: Graph, row: str, message: str) -> None:
    (flex / "t.csv").write_text(f"id,who,part,points,seen\n8-1,S1,train,70,none\n{row}\n16-77,S1,test,50,none\n")
    text = """
    [[table]]
    file = "t.csv"
    recording = { from = "id", match = '(?P<a>\\d+)-(?P<i>\\d+)', template = "A{a:02d}/{i:03d}" }
    subject = "who"
    split = "part"
    score = "points"
    pairs = { from = "seen", match = '(?P<keystep>AK\\d+):(?P<error>ET\\d+)' }
    """
    result = mapped(flex, text, graph)
    assert [a.recording for a in result.annotations] == ["A08/001"]
    [fatal] = [f for f in result.faults if f.fatal]
    assert fatal.path == "t.csv:3"
    assert message in fatal.message
    assert fatal.remedy
    assert ("t.csv:4", "A16/077 is not in this folder") in [(f.path, f.message) for f in result.faults]


def test_tables_that_contradict_each_other(flex: Path, graph: Graph) -> None:
    (flex / "t.csv").write_text("id,who,part,points,ak,et\nA16/001,S1,test,50,,\nA16/001,S2,test,50,,\n")
    result = mapped(flex, f'[[table]]\nfile = "t.csv"\n{FIELDS}', graph)
    assert result.annotations == ()
    assert "t.csv:3: subject 'S2', but 'S1' in an earlier row" in [str(f).split(";")[0] for f in result.faults]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "table: Field required"),
        ("[[table]]\nfile='t.csv'", "recording: Field required"),
        ("[[table]]\nfile='t.csv'\nrecording={from='a', match='('}", "is no regular expression"),
        ("[[table]]\nfile='t.csv'\nrecording={from='a', template='{b}'}", "template names 'b'"),
        ("[[table]]\nfile='t.csv'\nrecording={form='a'}", "form: Extra inputs"),
        ("[[table]]\nfile='t.csv'\nrecording='a'\nphases={unit='frames'}", "frames need a rate"),
        ("[[table]]\nfile='t.csv'\nrecording='a'\npairs={match='x'}", "needs the named groups"),
        ("[[table", "correct the file"),
    ],
)
def test_a_wrong_mapping_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(BadInput, match=r"m\.toml") as e:
        read_mapping(tmp_path / "m.toml")
    assert message in str(e.value)


def test_another_namespace_than_the_graphs_is_refused(flex: Path, graph: Graph) -> None:
    with pytest.raises(BadInput, match=r"namespace 'official', the graph has 'flexqa'"):
        mapped(flex, 'namespace = "official"\n[[table]]\nfile = "t.csv"\nrecording = "id"', graph)


@pytest.mark.parametrize(
    ("source", "content", "message"),
    [
        ({"file": "gone.csv"}, b"", "no such table"),
        ({"file": "../t.csv"}, b"", "leads out of the folder"),
        ({"file": "t.doc"}, b"", "tables are .csv"),
        ({"file": "t.csv"}, b"a\n\xff\n", "not a readable .csv file"),
        ({"file": "t.csv", "encoding": "martian"}, b"a\n", "unknown encoding"),
        ({"file": "t.json"}, b"{", "not a readable .json file"),
        ({"file": "t.json", "rows": "a.b"}, b'{"a": 1}', "there are no rows at 'a.b'"),
        ({"file": "t.xlsx"}, b"words", "not a readable .xlsx file"),
        ({"file": "t.mat"}, b"words", "not a readable MATLAB 5 file"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(
    tmp_path: Path, source: dict[str, Any], content: bytes, message: str
) -> None:
    (tmp_path / "in").mkdir()
    if source["file"] != "gone.csv":
        (tmp_path / "in" / source["file"]).write_bytes(content)
    with pytest.raises(BadInput) as e:
        list(read_rows(tmp_path / "in", TableSource.model_validate(source)))
    assert message in str(e.value)


@pytest.mark.parametrize(
    ("file", "content", "fault"),
    [
        ("t.csv", "a,b\n1,2,3\n4,5\n6\n", "3 cells for 2 columns"),
        ("t.jsonl", '{"a"\n{"a": 4}\n{"a": 6}', "no JSON"),
        ("t.json", '[[1, 2], {"a": 4}, {"a": 6}]', "'[1, 2]' is no object"),
    ],
)
def test_a_row_that_cannot_be_read_costs_itself_alone(tmp_path: Path, file: str, content: str, fault: str) -> None:
    (tmp_path / file).write_text(content)
    bad, *good = read_rows(tmp_path, TableSource(file=file))
    assert fault in bad.fault
    assert [cell_text(row.values["a"]) for row in good] == ["4", "6"]


def test_a_row_that_cannot_be_read_is_told(flex: Path, graph: Graph) -> None:
    (flex / "t.csv").write_text("id,who,part,points,ak,et\nA16/001,S1,test,50,,,more\nA16/002,S1,test,50,,\n")
    result = mapped(flex, f'[[table]]\nfile = "t.csv"\n{FIELDS}', graph)
    assert [str(f) for f in result.faults if f.fatal] == ["t.csv:2: 7 cells for 6 columns; correct the row"]
    assert [a.recording for a in result.annotations] == ["A16/002"]


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl", "xlsx", "mat"])
@given(content=st.one_of(st.binary(max_size=300), st.text('[]{}",:1a\n', max_size=60).map(str.encode)))
def test_tables_of_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: str, content: bytes
) -> None:
    root = tmp_path_factory.getbasetemp()
    (root / f"any.{kind}").write_bytes(content)
    try:
        for row in read_rows(root, TableSource(file=f"any.{kind}")):
            assert row.number >= 1
    except BadInput:
        pass


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_rule_gives_text_or_says_that_it_does_not_match(text: str, new: str) -> None:
    rule = Rewrite(match=r"(?P<n>\d+)", template="K{n:03d}", rename={"K007": new})
    if re.search(r"\d", text):
        found = rule.apply(text)
        assert found == new or re.fullmatch(r"K\d{3,}", found)
    else:
        with pytest.raises(Unmatched, match="does not match"):
            rule.apply(text)


def test_cells_and_paths() -> None:
    assert [cell_text(v) for v in (None, 3.0, 2.5, " a ", 7, True)] == ["", "3", "2.5", "a", "7", "True"]
    row = {"a.b": 1, "a": {"b": 2, "c": [{"d": 3}]}}
    assert [lookup(row, p) for p in ("a.b", "a.c.0.d", "a.c.1", "a.x", "a.c.d")] == [1, 3, None, None, None]
