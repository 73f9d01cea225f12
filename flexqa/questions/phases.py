"""The phases of a repetition in plain words."""

from flexqa.vocabulary import Phase

PHASE_NAMES: dict[Phase, str] = {
    "preparation": "preparation",
    "concentric": "concentric (lifting) phase",
    "eccentric": "eccentric (lowering) phase",
}

PHASE_TEXTS: dict[Phase, str] = {
    "preparation": "In the preparation",
    "concentric": "In the lifting phase",
    "eccentric": "In the lowering phase",
}
