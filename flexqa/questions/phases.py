"""The phases of a repetition in plain words."""

from flexqa.vocabulary import Phase

PHASE_TEXTS: dict[Phase, str] = {
    "preparation": "In the preparation",
    "concentric": "In the lifting phase",
    "eccentric": "In the lowering phase",
}
