"""`python -m flexqa` is the command `flexqa`."""

from flexqa.cli.app import main

main()
