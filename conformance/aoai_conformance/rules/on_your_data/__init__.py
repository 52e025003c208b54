"""Rules for chats with data sources, and for ingestion jobs."""
