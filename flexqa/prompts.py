"""The words of a question: the Jinja templates of `prompts/` turned into text.

Each question type has one template, `prompts/<type>.jinja`, that defines macros `wording_0`, `wording_1` ...: the
paraphrases that `Question.wording` selects. Templates whose name begins with an underscore are shared by all types.
The answer instruction comes first, the question after it and the options last, so that the text which is the same
for many questions of a clip follows the media directly and an engine's prefix cache can keep it.

Templates run in a sandbox and a field that is missing is an error, never an empty string.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2 import Template as JinjaTemplate
from jinja2.sandbox import ImmutableSandboxedEnvironment

from flexqa.assets import asset
from flexqa.errors import QuestionError
from flexqa.question import Media, Question

_SAID_KEPT = 1024
"""pieces of text at hand"""


@dataclass(frozen=True)
class Prompts:
    """The templates of one folder."""

    folder: Path

    def question(self, question: Question, option_texts: Mapping[str, str] | None = None) -> str:
        """The text of a question: answer instruction, question, options.

        Args:
            question: what to render.
            option_texts: letter -> text that replaces `Option.text`, for options that are evidence.

        Raises:
            QuestionError: the template, the wording or a field is missing.
        """
        texts = option_texts or {}
        options = [(a, texts.get(a, o.text)) for a, o in zip(question.letters, question.options, strict=True)]
        asked = self._macro(f"{question.type}.jinja", f"wording_{question.wording}", question.prompt)
        return self.whole(
            "_layout.jinja",
            {
                "answer_instruction": self.answer_instruction(question),
                "question": asked,
                "options": self.whole("_options.jinja", {"options": options}) if options else "",
            },
        )

    def answer_instruction(self, question: Question) -> str:
        """How to answer a question of this format."""
        return self._macro("_answer.jinja", str(question.answer_format), {})

    def media_label(self, media: Media) -> str:
        """The line that announces a piece of evidence."""
        fields = {"label": media.label, "view": (media.tells_view and media.view) or ""}
        return self._macro("_media.jinja", str(media.modality), fields)

    def frames_line(self, times_s: Sequence[float]) -> str:
        """The line between a clip's label and its frames, for models that see pictures."""
        return self._macro("_media.jinja", "frames", {"times": times_s})

    def wordings(self, question_type: str) -> int:
        """How many paraphrases the template of a type has.

        Raises:
            QuestionError: there is no template, or its wordings are not numbered 0, 1, 2 ...
        """
        name = f"{question_type}.jinja"
        source = self._source(name)
        numbers = [int(n) for n in re.findall(r"\{%-?\s*macro\s+wording_(\d+)\(", source)]
        if not numbers or numbers != list(range(len(numbers))):
            raise QuestionError(
                f"{self.folder / name}: has wordings {numbers}; define macros wording_0, wording_1 ... in this order"
            )
        return len(numbers)

    def template_hash(self, question_type: str) -> str:
        """sha256, in hex, of a type's template and the shared ones: what the wording of its questions depends on."""
        name = f"{question_type}.jinja"
        self._source(name)
        return self._hash([name, *(n for n in self._names if n.startswith("_"))])

    def hash(self) -> str:
        """sha256, in hex, of all templates."""
        return self._hash(self._names)

    @cached_property
    def _names(self) -> list[str]:
        return sorted(p.name for p in self.folder.glob("*.jinja"))

    @cached_property
    def _loaded(self) -> Callable[[str], JinjaTemplate]:
        loader = FileSystemLoader(self.folder)
        environment = ImmutableSandboxedEnvironment(
            loader=loader,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # the output is plain text for a model
        )
        # Templates of `get_template` look through a chain of globals each time, which takes longer than all the rest.
        return cache(lambda name: loader.load(environment, name, environment.globals))

    def _hash(self, names: list[str]) -> str:
        digest = hashlib.sha256()
        for name in names:
            digest.update(f"{name}\0{self._source(name)}\0".encode())
        return digest.hexdigest()

    def _source(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError as e:
            raise self._missing(name) from e

    def _missing(self, name: str) -> QuestionError:
        types = ", ".join(n.removesuffix(".jinja") for n in self._names if not n.startswith("_"))
        return QuestionError(f"{self.folder / name}: there is no such template; write it, or use one of: {types}")

    def _template(self, name: str) -> JinjaTemplate:
        try:
            return self._loaded(name)
        except TemplateNotFound as e:
            raise self._missing(name) from e
        except TemplateSyntaxError as e:
            raise QuestionError(f"{self.folder / name}:{e.lineno}: not a valid Jinja template: {e.message}") from e

    def whole(self, name: str, fields: Mapping[str, Any]) -> str:
        """The text of a template.

        Raises:
            QuestionError: the template or a field is missing.
        """
        template = self._template(name)
        try:
            return template.render(fields).strip()
        except TemplateError as e:
            raise self._unrenderable(name, fields, e) from e

    def _macro(self, name: str, macro: str, fields: Mapping[str, Any]) -> str:
        if all(isinstance(value, str) for value in fields.values()):
            # The questions of a clip say many things in the same words.
            return self._said(name, macro, tuple(fields.items()))
        return self._say(name, macro, fields)

    @cached_property
    def _said(self) -> Callable[[str, str, tuple[tuple[str, str], ...]], str]:
        return lru_cache(_SAID_KEPT)(lambda name, macro, fields: self._say(name, macro, dict(fields)))

    def _say(self, name: str, macro: str, fields: Mapping[str, Any]) -> str:
        template = self._template(name)
        try:
            macros = template.make_module(dict(fields))
            if not hasattr(macros, macro):
                raise QuestionError(
                    f"{self.folder / name}: has no macro {macro}(); add it, or choose another wording"
                )
            return str(getattr(macros, macro)()).strip()
        except TemplateError as e:
            raise self._unrenderable(name, fields, e) from e

    def _unrenderable(self, name: str, fields: Mapping[str, Any], e: TemplateError) -> QuestionError:
        given = ", ".join(fields) or "none"
        return QuestionError(f"{self.folder / name}: {e.message}; the question gives the fields: {given}")


@cache
def _shipped() -> Prompts:
    return Prompts(asset("prompts"))


def render_question(question: Question, option_texts: Mapping[str, str] | None = None) -> str:
    """The text of a question with the templates that come with flexqa; see `Prompts.question`."""
    return _shipped().question(question, option_texts)


def answer_instruction(question: Question) -> str:
    """How to answer a question of this format: the first lines of its text."""
    return _shipped().answer_instruction(question)


def media_label(media: Media) -> str:
    """The line that announces a piece of evidence: `Clip 1, camera view 1:`."""
    return _shipped().media_label(media)


def frames_line(times_s: Sequence[float]) -> str:
    """`2 frames of it follow, at 0.00, 0.50 s.`: the line between a clip's label and its frames."""
    return _shipped().frames_line(times_s)


@cache
def wordings(question_type: str) -> int:
    """How many paraphrases a type has."""
    return _shipped().wordings(question_type)


def template_hash(question_type: str) -> str:
    """sha256, in hex, of all that the wording of a type's questions depends on."""
    return _shipped().template_hash(question_type)


@cache
def _judge() -> Prompts:
    """The templates of judge models: no part of a run's prompts."""
    return Prompts(asset("prompts") / "judge")


def render_judgement(reply: str, kind: str, names: Sequence[str], options: Sequence[tuple[str, str]]) -> str:
    """The text that asks a judge model what a free answer says of one node of the graph.

    Args:
        reply: the answer.
        kind: of the node.
        names: of the node, in words.
        options: letter -> what it stands for.
    """
    return _judge().whole("node.jinja", {"reply": reply, "kind": kind, "names": names, "options": options})


def judgement_hash() -> str:
    """sha256, in hex, of the templates of judge models."""
    return _judge().hash()


def prompts_hash() -> str:
    """sha256, in hex, of all templates."""
    return _shipped().hash()
