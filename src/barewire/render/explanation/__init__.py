"""Where instructions go inside the kernel: the page and its files; `formats/` has the formats."""
