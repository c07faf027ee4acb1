"""Run the tap: `python -m tap_mailjet`."""

from tap_mailjet.cli import main

if __name__ == "__main__":
    main()
