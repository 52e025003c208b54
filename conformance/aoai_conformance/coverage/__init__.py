"""Coverage: which point or rule shows each keyword and each normative sentence of the documents.

`aoai_conformance.coverage.table` gathers the rows; what cannot be derived stands as data in `keywords.yaml`,
`defaults.yaml`, `pages.yaml` and `sentences/*.yaml`.
"""
