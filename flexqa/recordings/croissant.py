"""Croissant 1.1 metadata of an export, with the vocabulary for responsible AI (RAI 1.0).

Every file is named with its sha256; a record set for each parquet file says what its columns are.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flexqa
from flexqa.recordings.card import NOBODY, PEOPLE, RECORDED, SIMULATED, is_simulated
from flexqa.recordings.model import RecordingSet

CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")

_CROISSANT_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty",
    "fileObject", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5",
    "parentField", "path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator",
    "source", "subField", "transform",
)  # fmt: skip

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "name": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _CROISSANT_TERMS},
}

_COLUMNS: tuple[tuple[str, str, str, str | None], ...] = (
    ("recording", "sc:Text", "action and number of the recording", None),
    ("action", "sc:Text", "id of the action in the Fitness Knowledge Graph", None),
    ("subject", "sc:Text", "pseudonym of the subject", None),
    ("skill", "sc:Text", "novice, amateur or expert", None),
    ("rep", "sc:Integer", "number of the repetition within its set", None),
    ("load_kg", "sc:Float", "load in kilograms", None),
    ("score", "sc:Float", "quality of the repetition, 0-100", None),
    ("pair_keysteps", "sc:Text", "keysteps of the observed errors", "-1"),
    ("pair_errors", "sc:Text", "observed errors", "-1"),
    ("phase_names", "sc:Text", "phases in time order", "-1"),
    ("phase_starts_s", "sc:Float", "start of each phase, seconds", "-1"),
    ("phase_ends_s", "sc:Float", "end of each phase, seconds", "-1"),
    ("pose", "sc:Float", "21 joints x 3 per sample, metres", "-1,63"),
    ("emg", "sc:Float", "surface EMG, samples x channels", "-1,-1"),
    ("physio_times_s", "sc:Float", "seconds from the start of the set", "-1"),
    ("heart_bpm", "sc:Float", "heart rate", "-1"),
    ("breath_per_min", "sc:Float", "breath rate", "-1"),
)
"""name, type, description, shape of a list"""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file of the export."""

    name: str
    """relative to the folder"""
    sha256: str
    size: int
    """bytes"""


def croissant(
    recordings: RecordingSet, options: Mapping[str, Any], files: Sequence[SharedFile], views: Sequence[str]
) -> str:
    """The text of croissant.json.

    Args:
        recordings: what is exported.
        options: title, licence, url, creator and date of `ExportOptions`.
        files: everything in the folder but croissant.json.
        views: the views that have a column.
    """
    simulated = is_simulated(recordings)
    info = recordings.info
    origin = SIMULATED.format(generator=info.generator, seed=info.seed) if simulated else RECORDED
    metadata = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "name": re.sub(r"[^A-Za-z0-9_-]+", "-", options["title"]).strip("-") or "recordings",
        "description": f"{options['title']}: {len(recordings)} repetitions with video, 3D pose, surface EMG, heart "
        f"and breath rate, observed errors and scores. {origin}",
        "license": options["licence"],
        "url": options["url"],
        "creator": {"@type": "sc:Organization", "name": options["creator"]},
        "datePublished": options["date"],
        "version": "1.0.0",
        "citeAs": "FLEX: arXiv 2506.03198",
        "keywords": ["video", "pose", "EMG", "strength training", "action quality assessment"],
        "isLiveDataset": False,
        "sdVersion": flexqa.__version__,
        **_rai(simulated, origin),
        "distribution": [_file(f) for f in files],
        "recordSet": [_record_set(f.name, views) for f in files if f.name.endswith(".parquet")],
    }
    return json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"


def _rai(simulated: bool, origin: str) -> dict[str, Any]:
    limits = (
        ["Bodies move as the simulator's knowledge graph says, and in no other way; no crowd, no camera shake."]
        if simulated
        else ["Twenty exercises in one room; healthy adults; thresholds for errors are those of its annotators."]
    )
    biases = (
        ["Body sizes, skill and skin are drawn from distributions of our choice, not from a population."]
        if simulated
        else ["Few subjects, recruited at one place; loads, skill levels and body shapes are not balanced."]
    )
    annotation = (
        "Errors are put in by the simulator, and confirmed by detectors on the pose; scores follow from the graph."
        if simulated
        else "By the annotators of the data set; brought into columns by a mapping file that its user wrote."
    )
    return {
        "rai:dataCollection": origin,
        "rai:dataCollectionType": ["Software Collection" if simulated else "Physical data collection"],
        "rai:dataAnnotationProtocol": annotation,
        "rai:machineAnnotationTools": ["flexqa simulate"] if simulated else [],
        "rai:dataPreprocessingProtocol": [
            "Poses were turned into metres and one frame of axes; clips are unchanged."
        ],
        "rai:dataUseCases": ["Evaluating models that see exercise; not for medical advice, hiring or insurance."],
        "rai:dataLimitations": limits,
        "rai:dataBiases": biases,
        "rai:personalSensitiveInformation": [NOBODY if simulated else PEOPLE],
        "rai:dataSocialImpact": "Better feedback on exercise; wrong feedback can injure whoever follows it.",
        "rai:dataReleaseMaintenancePlan": ["A new export replaces this one; sha256 tell the two apart."],
    }


def _file(f: SharedFile) -> dict[str, Any]:
    kinds = {"parquet": "application/x-parquet", "md": "text/markdown", "toml": "application/toml"}
    return {
        "@type": "cr:FileObject",
        "@id": f.name,
        "name": f.name,
        "contentUrl": f.name,
        "contentSize": f"{f.size} B",
        "encodingFormat": kinds[f.name.rpartition(".")[2]],
        "sha256": f.sha256,
    }


def _record_set(file: str, views: Sequence[str]) -> dict[str, Any]:
    name = file.removeprefix("data/").removesuffix(".parquet")
    columns = [_field(name, file, *column) for column in _COLUMNS]
    clips = [
        _field(name, file, f"video_{view}", "sc:VideoObject", f"clip of view {view}", None, {"jsonPath": "bytes"})
        for view in views
    ]
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": columns + clips}


def _field(
    records: str,
    file: str,
    column: str,
    kind: str,
    description: str,
    shape: str | None,
    transform: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    source: dict[str, Any] = {"fileObject": {"@id": file}, "extract": {"column": column}}
    if transform:
        source["transform"] = transform
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{records}/{column}",
        "name": column,
        "description": description,
        "dataType": kind,
        "source": source,
    }
    if shape:
        field |= {"isArray": True, "arrayShape": shape}
    return field
