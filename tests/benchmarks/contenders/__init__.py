"""What is timed, each a script that runs as a process of its own."""
