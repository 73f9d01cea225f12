"""flexqa: the open harness for FLEX-VideoQA.

Import from the module that defines a name (`from flexqa.question import Question`); this package re-exports nothing.
"""

__version__ = "0.1.0"
