"""What should have happened by now and has not: sessions without news, commands without a result, and the like.

Each app declares its own in ``AppConfig.ready()``. A detector finds rows of one table that have waited for longer
than the limit of the partner they came from, which staff may set per connection.
"""

from exchange.detectors.declaration import Detector, detectors, register
from exchange.detectors.finding import COUNTED, Late, Tally, find, tallies

__all__ = ["COUNTED", "Detector", "Late", "Tally", "detectors", "find", "register", "tallies"]
