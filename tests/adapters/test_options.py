"""Arguments that are handed to an engine as they are."""

import pytest

from flexqa.adapters.options import passed_on
from flexqa.errors import BadInput

MANY = [f"argument_{i}" for i in range(100)]


def test_values_are_json_where_they_read_as_json() -> None:
    given = {"a": "16", "b": "true", "c": '{"x": [1]}', "d": "fp8", "e": "1.5", "f": ""}
    assert passed_on(given, set(given)) == {"a": 16, "b": True, "c": {"x": [1]}, "d": "fp8", "e": 1.5, "f": ""}


def test_an_unknown_argument_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(BadInput, match=r"no argument 'argument-7'; did you mean 'argument_7'\?$"):
        passed_on({"argument-7": "1"}, MANY)
    with pytest.raises(BadInput, match=r"no argument 'zzz'$"):
        passed_on({"zzz": "1"}, MANY)
    with pytest.raises(BadInput, match=r"did you mean 'ab'.* known: ab, cd"):
        passed_on({"aab": "1"}, ["cd", "ab"])


def test_a_secret_is_not_written_down() -> None:
    with pytest.raises(
        BadInput, match=r"hf_token would be written into run\.json; set the environment variable HF_TOKEN"
    ):
        passed_on({"hf_token": "hf_x"}, ["hf_token"])
