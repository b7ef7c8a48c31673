"""A statement as a document: what it says, and its forms on paper and in spreadsheets."""
