"""The `fpproof` command: `main` chooses, and each command is a module here.

A command's module has `NAME`, `HELP` (one line), `arguments(parser)`, which adds its options, and `run(options)`,
which prints and returns an exit code below. It is imported only when it is the chosen one, so that the command starts at once.
"""

HOLDS, FAILS, BAD_INPUT, OPEN = 0, 1, 2, 3
"""Exit codes of every command; 0 is also that of a command that has nothing to decide and worked."""
