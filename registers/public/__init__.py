"""What anybody may read of registers, without logging in: pages, files and an API."""
