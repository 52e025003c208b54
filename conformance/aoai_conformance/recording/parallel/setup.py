"""What a process needs to judge batches, and how it gets ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aoai_conformance.judging.judged import Judge
from aoai_conformance.options import RunChoices
from aoai_conformance.quirks.quirk_file import choose_quirks
from aoai_conformance.recording.parallel.batches import BatchJudge
from aoai_conformance.recording.rejudge import documents_of, judge_of
from aoai_conformance.redaction.lines import HeaderMask
from aoai_conformance.target.documents import documents_of as chosen_documents
from aoai_conformance.target.selection import choose_rules
from aoai_reports.record.collecting import PartName
from aoai_reports.record.lines import Header
from aoai_reports.record.reader import Record
from aoai_reports.record.schema import RECORD
from aoai_reports.record.stored_lines import RecordFile
from aoai_specs.document import Document
from aoai_specs.errors import ConformanceError


@dataclass(frozen=True, slots=True)
class JudgeSetup:
    """From what a process builds its `BatchJudge`; everything in it can be pickled.

    `header` is that of the record that is judged again, None for recordings of other tools. `documents` are
    the names of the documents. `source` is the file that offsets are about, and `schema` its version. `mask`
    has the secrets in headers that the user named.
    """

    choices: RunChoices
    documents: tuple[str, ...]
    header: Header | None = None
    source: Path | None = None
    schema: str = RECORD
    mask: HeaderMask | None = None

    @classmethod
    def of_traffic(cls, choices: RunChoices, documents: Sequence[Document]) -> JudgeSetup:
        """Return the setup for exchanges that another tool recorded."""
        names = tuple(str(document.name) for document in documents)
        if not (choices.api_versions or choices.specs):
            choices = replace(choices, api_versions=names)
        return cls(choices, names)

    @property
    def is_repeatable(self) -> bool:
        """Whether another process gets the same descriptions: not if one came from a stream or a URL."""
        return not any(each == "-" or "://" in each for each in (*self.choices.specs, *self.choices.overlays))

    def batch_judge(self, judge: Judge | None = None, part: PartName = ()) -> BatchJudge:
        """Return what judges the batches, with this judge, or with one of its own.

        Raises ConformanceError if the descriptions, the rules or the quirks cannot be read.
        """
        return BatchJudge(
            judge or self._judge(),
            None if self.source is None else RecordFile(self.source, self.schema).line_at,
            None if self.mask is None else self.mask.masked,
            part,
        )

    def _judge(self) -> Judge:
        choices = self.choices
        if self.header is None:
            documents = chosen_documents(choices)
        else:
            documents = documents_of(
                Record(self.header),
                choices.specs,
                choices.overlays,
                remote_references=choices.allow_remote_refs,
            )
        if tuple(str(document.name) for document in documents) != self.documents:
            raise ConformanceError("The API descriptions were changed while exchanges were judged by them.")
        quirks = choose_quirks(choices.quirks, self.header).table
        return judge_of(self.header, documents, choose_rules(choices.rules), quirks)
