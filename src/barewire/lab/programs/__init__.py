"""Run the programs that build networks (`cni:`, `exec:`) in a lab, and undo what they built."""
