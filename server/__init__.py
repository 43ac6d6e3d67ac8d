"""The outreach domain on the sync engine, and the one application that serves both."""

VERSION = "0.1.0"
