"""Versioned descriptions of the Azure OpenAI and Azure AI Model Inference REST APIs.

The public modules; all others are internal:

    aoai_specs.catalogue                the documents of the package, and loading of other descriptions
    aoai_specs.lazy_documents           documents that are read when they are first needed
    aoai_specs.document                 documents, operations and their validators
    aoai_specs.operations               parameters, media types and responses as plain data
    aoai_specs.versions                 names of api-versions and documents
    aoai_specs.surfaces                 names of surfaces
    aoai_specs.locations                places of schemas in messages
    aoai_specs.json_values              walking, measuring and quoting JSON values
    aoai_specs.pointers                 JSON Pointers
    aoai_specs.errors                   the exceptions
    aoai_specs.plain_yaml               YAML of packaged tables and small files
    aoai_specs.reading                  options for reading a user's description
    aoai_specs.loading.files            reading YAML and JSON
    aoai_specs.loading.sources          files, URLs, standard input and commits
    aoai_specs.schemas.constraints      what a request can violate
    aoai_specs.schemas.shapes           what is allowed at each place of a request
    aoai_specs.schemas.validators       validation, with errors that name the clause
    aoai_specs.schemas.patterns         regular expressions of ECMA 262
    aoai_specs.schemas.schema_cost      bounds on schemas from outside
    aoai_specs.schemas.provenance       sources of documents written from prose
    aoai_specs.lint                     mistakes in descriptions
    aoai_specs.comparison               changes between descriptions
    aoai_specs.comparison.acceptance    accepted changes
    aoai_specs.comparison.effects       verdicts
    aoai_specs.comparison.kinds         kinds of change
    aoai_specs.comparison.outline       trees of fields with changes marked
    aoai_specs.comparison.endpoints.endpoint    the operations of a description to compare
    aoai_specs.comparison.reach         where a change is used
    aoai_specs.comparison.review.field_paths    places of changes as readers write them
    aoai_specs.comparison.review.filters        which changes are shown
    aoai_specs.comparison.review.groups         equal changes as one entry
    aoai_specs.comparison.review.policies       rules about removals and versions
    aoai_specs.comparison.review.severities     levels that a user chose
    aoai_specs.loading.references       following references
    aoai_specs.partial                  descriptions that cover a part of their version
"""
