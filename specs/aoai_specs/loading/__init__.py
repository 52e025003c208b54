"""Reading descriptions: YAML and JSON, Swagger, overlays, references."""
