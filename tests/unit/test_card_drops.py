"""Which counters of a driver count packets that the card threw away, by the names that drivers give them."""

from __future__ import annotations

import pytest

from barewire.kernel import card_drops

DROPS = (
    "rx_missed_errors", "rx_no_buffer_count", "rx_no_dma_resources", "alloc_rx_buff_failed",  # ixgbe, igb
    "rx_out_of_buffer", "rx_discards_phy", "rx0_buff_alloc_err", "tx_discards_phy",  # mlx5
    "port.rx_dropped", "rx-0.rx_dropped",  # i40e
    "rx_queue_0_drops", "rx0_drops",  # virtio_net
    "rx_nodesc_drops", "port_rx_nodesc_drops",  # sfc
    "rx_fifo_errors", "rx_over_errors_overflow", "queue_0_rx_page_alloc_fail", "rx_queue_1_rx_overruns",  # several
)  # fmt: skip
OTHERS = (
    "rx_packets", "tx_bytes", "rx_errors", "rx_dropped", "rx_crc_errors", "rx_xdp_drop", "rx_queue_0_xdp_drops",
    "rx_vlan_filter_drop", "rx_cache_full", "peer_ifindex", "tx_queue_0_xdp_xmit", "multicast",
)  # fmt: skip


@pytest.mark.parametrize("name", DROPS)
def test_a_counter_of_thrown_away_packets_is_known(name: str) -> None:
    assert card_drops.is_drop(name)


@pytest.mark.parametrize("name", OTHERS)
def test_another_counter_is_left_alone(name: str) -> None:
    assert not card_drops.is_drop(name)
