"""What was kept of an exam, proven: archives, anchors outside, and what does not fit."""
