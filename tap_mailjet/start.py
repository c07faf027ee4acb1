"""Where the command begins: with imports that the garbage collector does not look through."""

from __future__ import annotations

import gc


def main() -> None:
    """Run `tap-mailjet`."""
    # What imports make is there to stay; looking it through again and again takes a fifth of the
    # time that they do.
    gc.disable()
    from tap_mailjet import cli  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    cli.main()
