"""A local sentence encoder: pooled as its folder says, never downloaded, refused where it is not understood."""

from pathlib import Path

import numpy as np
import pytest

from flexqa.adapters.sentence_encoder import SentenceEncoder
from flexqa.errors import BadInput
from tests.adapters.tiny_encoder import as_sentence_transformer, make_tiny_encoder


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    pytest.importorskip("transformers")
    return make_tiny_encoder(tmp_path / "tiny")


def test_a_sentence_is_a_unit_vector_whatever_it_is_batched_with(encoder: Path) -> None:
    model = SentenceEncoder(encoder)
    sentences = ["grip narrow", "a tight hold", "The body may swing. " * 40, "wide grip"]
    together = model.embed(sentences)
    assert np.allclose(np.linalg.norm(together, axis=1), 1)
    alone = np.stack([SentenceEncoder(encoder).embed([s])[0] for s in sentences])
    assert np.allclose(together, alone, atol=1e-6)
    cosines = together @ together.T
    assert cosines[0, 1] == pytest.approx(1, abs=1e-5)
    assert cosines[0, 2] < 0.5 < cosines[0, 0]
    assert model.revision.startswith("sha256:")


def test_pooling_is_that_of_sentence_transformers(encoder: Path) -> None:
    mean = SentenceEncoder(encoder).embed(["grip narrow wide"])
    same = SentenceEncoder(as_sentence_transformer(encoder)).embed(["grip narrow wide"])
    assert np.allclose(mean, same)
    first = SentenceEncoder(as_sentence_transformer(encoder, "cls_token")).embed(["grip narrow wide", "grip"])
    assert np.allclose(first[0], first[1])
    largest = SentenceEncoder(as_sentence_transformer(encoder, "max_tokens")).embed(["grip narrow wide"])
    assert not np.allclose(mean, largest)


@pytest.mark.parametrize(
    ("pooling", "last", "message"),
    [("mean_tokens", "Dense", "'Dense' is not known"), ("weightedmean_tokens", "Normalize", "nothing known")],
)
def test_what_is_not_known_is_refused(encoder: Path, pooling: str, last: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        SentenceEncoder(as_sentence_transformer(encoder, pooling, last))


def test_an_encoder_without_all_of_its_weights_is_refused(encoder: Path) -> None:
    (encoder / "config.json").write_text(
        (encoder / "config.json").read_text().replace('"num_hidden_layers": 0', '"num_hidden_layers": 1')
    )
    with pytest.raises(BadInput, match=r"lacks the weights encoder\.layer\.0"):
        SentenceEncoder(encoder)


def test_a_folder_without_an_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no folder"):
        SentenceEncoder(tmp_path / "all-MiniLM-L6-v2")
    with pytest.raises(BadInput, match=r"neither config.json nor modules.json"):
        SentenceEncoder(tmp_path)
