"""What tariffs make charges cost: pure Python, without Django, clock or database."""
