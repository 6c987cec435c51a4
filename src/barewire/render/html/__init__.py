"""What all HTML pages share: the frame with its style, script and policy, and the parts that several templates have."""
