"""What the reports of a run show: its records read, the answer, tables and figures, for every format alike."""
