"""`python -m training`: the commands of the recipe."""
import sys

from .commands import main

sys.exit(main(sys.argv[1:]))
