"""Operations on vector stores, their files and file batches."""
