"""Tariffs as people write them: forms in front of documents, and back."""
