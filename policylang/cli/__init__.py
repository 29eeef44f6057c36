"""The command line: the only printing, reading of files and exit codes."""
