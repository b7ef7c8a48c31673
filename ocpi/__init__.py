"""The OCPI protocol and nothing else.

Types per version, conversion, envelope, ids, paging, URLs, the HTTP client.
"""
