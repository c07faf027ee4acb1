"""The API without HTTP: resources, filters, paging, and options for undocumented behaviour."""
