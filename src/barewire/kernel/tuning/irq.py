"""Which CPUs handle the interrupts of the machine's network cards.

The 2016 study put them on one CPU of each NUMA node and kept the others for the programs. In a lab on one machine no packet
crosses a real card, so there this only keeps the machine's own traffic away from the CPUs that are measured. The interrupts of a
card are those that its bus device lists, or those whose handler is named after the card or its virtio device; a card that is in
another namespace, where /sys does not show it, is known by `Tree.interrupts`. Some drivers manage the placement themselves; the
kernel then refuses the change, and that is recorded.
"""

from __future__ import annotations

from barewire.kernel.tuning.setting import Setting, Tree, cpus, listed

KEY = "irq"
TAKES = '"first-of-nodes" (one CPU of each NUMA node) or CPUs like "0,9"'


def settings(value: object, tree: Tree) -> list[Setting]:
    """One setting an interrupt of a card."""
    if not isinstance(value, str):
        raise ValueError(value)
    chosen = tree.first_of_nodes() if value == "first-of-nodes" else cpus(value)
    if not chosen:
        raise ValueError(value)
    cards = [path.split("/")[4] for path in tree.glob("/sys/class/net/*/device")]
    numbers = dict.fromkeys([*(number for card in cards for number in interrupts(card, tree)), *tree.interrupts])
    if not numbers:
        return [Setting(KEY, "irq", "", listed(chosen), "this machine has no network card with interrupts")]
    return [
        Setting(KEY, f"irq {number}", f"/proc/irq/{number}/smp_affinity_list", listed(chosen), lists=True)
        for number in numbers
    ]


def interrupts(card: str, tree: Tree) -> list[str]:
    """The numbers of a card's interrupts, empty for a virtual device."""
    device = f"/sys/class/net/{card}/device"
    listed_ones = tree.glob(f"{device}/msi_irqs/*")
    if listed_ones:
        return [path.rsplit("/", 1)[1] for path in listed_ones]
    names = {card, tree.path_of(device).resolve().name}
    handlers = (path.split("/") for path in tree.glob("/proc/irq/[0-9]*/*"))
    return [words[3] for words in handlers if words[4].partition("-")[0] in names]
