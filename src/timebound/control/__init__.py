"""The operator's door: health, metrics and the emulator's clock."""
