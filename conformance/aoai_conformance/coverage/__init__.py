"""Coverage: which points and rules cover each keyword and each normative sentence of the documents.

`aoai_conformance.coverage.table` builds the rows. What cannot be derived is data: `keywords.yaml`,
`defaults.yaml`, `pages.yaml` and `sentences/*.yaml`.
"""
