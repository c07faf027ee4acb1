"""The generated account: its size, its clock, its tables and how they are filled."""
