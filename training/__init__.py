"""Teaching each other: tracks, modules, scenarios and coaching."""
