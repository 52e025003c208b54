"""Rules about chat over data sources, and about ingestion jobs."""
