"""Names of bulk loads that several rooms must know.

Over a veth pair nothing cuts a TCP stream into packets and nothing computes a checksum, so one stream is measured twice: as the
wire is, and with its offloads off, where the CPU does both. A real network card is between the two.
"""

from __future__ import annotations

NO_OFFLOADS = "bulk-1-no-offloads"
ONE_STREAM = ("bulk-1", NO_OFFLOADS)
"""What is shown of bulk where one figure a network would otherwise do."""
