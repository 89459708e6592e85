//! Engines leave out what their query cannot be in.
