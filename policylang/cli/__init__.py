"""The command line: the only printing, reading of files and exit codes."""

INTERRUPTED = 130  # the exit status as by SIGINT; here, since it is needed before any command is loaded
