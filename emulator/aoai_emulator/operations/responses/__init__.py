"""Operations on responses and conversations."""
