"""The OCPI protocol and nothing else: types per version, conversion, envelope, ids, paging, URLs, the HTTP client."""
