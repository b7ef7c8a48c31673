"""What can happen to statements; the only writers of their tables."""
