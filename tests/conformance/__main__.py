"""Print the table of rules and tests: python -m tests.conformance > docs/conformance.md"""

import sys

from tests.conformance import document

sys.stdout.write(document())
