"""The plain directory over REST: what a tablet keeps so that zones and structures have names offline."""
