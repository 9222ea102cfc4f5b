"""The command line: one file a verb; each parses, calls and prints."""

import sys
from pathlib import Path
from typing import NoReturn

BAD_INPUT = 2


def fail(message: str) -> NoReturn:
    """Say what is wrong in one message on standard error, and leave with exit status 2."""
    print(f"ringfence: {message}", file=sys.stderr)
    raise SystemExit(BAD_INPUT)


def with_symbol(words: list[str]) -> list[str]:
    """Return the command line with ``--explain SYMBOL`` written as ``--explain --symbol SYMBOL``.

    A word behind --explain is its symbol unless it is another option or a file.
    """
    out: list[str] = []
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if name != "--explain":
            out.append(word)
            continue
        out.append("--explain")
        if not equals and waiting and not waiting[0].startswith("-") and not Path(waiting[0]).is_file():
            value = waiting.pop(0)
        if value:
            out += ["--symbol", value]
    return out


def main() -> None:
    """Run the command line. Bad input is one message, never a traceback."""
    from ringfence.cli.app import app
    from ringfence.cli.streams import give_up_output, open_streams
    from ringfence.core.errors import InputError

    open_streams()
    screen = sys.stdout
    try:
        try:
            app(args=with_symbol(sys.argv[1:]), prog_name="ringfence")
        finally:
            screen.flush()
    except SystemExit:
        if sys.stdout is screen:
            raise
        give_up_output()  # the parser put another in its place: whoever read has left, which is no failure
        raise SystemExit(0) from None
    except InputError as fault:
        fail(str(fault))
    except BrokenPipeError:
        give_up_output()
        raise SystemExit(0) from None
    except OSError as fault:
        give_up_output()
        fail(
            f"{fault.filename or 'standard output'}: {fault.strerror or fault}. Name a file by -o, or make room."
        )
