"""IDs that our own parties give: to EVSEs, pools, stations and contracts."""
