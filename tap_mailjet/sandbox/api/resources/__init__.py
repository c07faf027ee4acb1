"""The resources of the catalogue, family by family."""
