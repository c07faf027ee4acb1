"""What an account holds besides messages and those who get them: small tables, family by family.

Each is a generator of rows, one dictionary each; its table has their keys as columns. All times
are Unix seconds, and objects are JSON text.
"""
