"""Records of runs, their results and every report.

The public API, by module (`PUBLIC` lists the names):

- `record.reader`, `record.writer`: read and write the record of a run
- `results.summary`, `results.baseline`, `results.findings`: the verdict, accepted violations and findings
- `report_formats`: the table of report formats
- `run_folder`, `formats.folder`: the files in the folder of a run
- `run_comparison.comparing`, `run_comparison.documents.linking`: compare two runs
- `history.store`, `history.entry`: the history of runs

The exceptions derive from those of `aoai_specs.errors`:

    ConformanceError            exit code 2
    ├── RecordError             a record that cannot be read
    ├── HistoryError            a history file that cannot be used
    └── OutputError             a file that cannot be written
"""

from collections.abc import Mapping

#: The public names of each module.
PUBLIC: Mapping[str, tuple[str, ...]] = {
    "record.reader": ("Record", "read_record"),
    "record.writer": ("RecordWriter",),
    "record.evidence": ("RecordError",),
    "results.summary": ("Summary", "exit_code", "summarize"),
    "results.baseline": ("Accepted", "Baseline", "BaselineState"),
    "results.findings": ("Finding", "findings", "fingerprint"),
    "report_formats": ("Format", "RUN_COMPARISONS", "RUN_REPORTS", "SPEC_COMPARISONS"),
    "run_folder": ("read_run", "record_file"),
    "formats.folder": ("write_run_folder",),
    "run_comparison.comparing": ("compare_documents_of", "compare_runs"),
    "run_comparison.documents.linking": ("link_documents",),
    "history.store": ("History", "HistoryError", "default_history"),
    "history.entry": ("RunEntry", "entry_of"),
}
