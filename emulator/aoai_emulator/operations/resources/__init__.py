"""Operations on files, uploads, batches, ingestion jobs and lists."""
