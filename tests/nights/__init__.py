"""A model of a company's nights: the account changes, the tap runs, and the warehouse is compared.

docs/guarantees.md says how to run it for long.
"""
